/* Runs tables of calls: see rows.h. */
#include <check.h>
#include <stdio.h>

#include "core/core-fixture.h"
#include "core/rows.h"

static const char *method_of(const char *type, const char *verb) {
        static char method[64];

        snprintf(method, sizeof(method), "%s.%s", type, verb);
        return method;
}

static Session *open_object(Fixture *f, const char *type, const char *value) {
        fixture_init(f, NULL);
        Session *session = fixture_session(f, 100, 1000, "alpha");
        json_object_put(fixture_call(session, method_of(type, "open"),
                                     "{'name':'o','create':true,'value':%s}", value));
        return session;
}

static void delete_object(Fixture *f, Session *session) {
        ck_assert_uint_eq(table_size(&f->core.objects), 1);
        fixture_expect(session, "object.delete", "['o']", "null");
        fixture_expect_clean(f);
        fixture_deinit(f);
}

void row_run(const Row *row, const char *type, const char *look) {
        Fixture f;

        Session *session = open_object(&f, type, row->value);
        fixture_expect(session, method_of(type, row->verb), row->params, row->expected);
        fixture_expect(session, look, "['o']", row->after ? row->after : row->value);
        delete_object(&f, session);
}

static const char *member(struct json_object *object, const char *key) {
        return json_object_get_string(json_object_object_get(object, key));
}

void refusal_run(const Refusal *refusal, const char *type) {
        Fixture f;

        Session *session = open_object(&f, type, refusal->value);
        fixture_start(session, 1, method_of(type, refusal->verb), refusal->params);
        struct json_object *reply = fixture_receive(session);
        struct json_object *error = json_object_object_get(reply, "error");
        ck_assert_ptr_nonnull(error);
        ck_assert_str_eq(member(error, "message"), refusal->message);
        ck_assert_pstr_eq(member(json_object_object_get(error, "data"), "param"), refusal->param);
        json_object_put(reply);
        delete_object(&f, session);
}
