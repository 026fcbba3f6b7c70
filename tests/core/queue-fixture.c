/* A queue and three sessions: see queue-fixture.h. */
#include <check.h>
#include <stdio.h>

#include "core/queue-fixture.h"

void three_init_with(Three *t, const char *options, const Limits *limits) {
        fixture_init(&t->f, limits);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        t->b = fixture_session(&t->f, 200, 1000, "beta");
        t->c = fixture_session(&t->f, 300, 1000, "gamma");
        json_object_put(fixture_call(t->a, "queue.open", "{'name':'q','create':true%s}", options));
}

void three_init(Three *t, const char *options) {
        three_init_with(t, options, NULL);
}

void three_deinit(Three *t) {
        fixture_expect(t->a, "object.delete", "['q']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

const char *queue_stat_member(Session *session, const char *member) {
        static char text[1024];
        struct json_object *value, *stat = fixture_call(session, "object.stat", "['q']");

        ck_assert(json_object_object_get_ex(stat, member, &value));
        snprintf(text, sizeof(text), "%s",
                 json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
        json_object_put(stat);
        return text;
}
