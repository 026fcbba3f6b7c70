/* One result may fill a message completely, and never exceeds it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "tap-main.h"

/* An element, and how many of it. */
static const struct {
        const char *element;
        int n;
} many[] = {
        {"1", 65000},
        {"-1234567890123", 65000},
        {"0.1", 65000},
        {"null", 65000},
        {"true", 65000},
        {"'0123456789012345678901234567890123456789012345678901234567890123456789'", 65000},
        {"{'a':1}", 32000},
        {"[[],{}]", 20000},
};

static Session *open_list(Fixture *f, const Limits *limits, const char *value, int n) {
        fixture_init(f, limits);
        Session *session = fixture_session(f, 100, 1000, "alpha");
        json_object_put(fixture_call(session, "list.open",
                                     "{'name':'l','create':true,'value':[%s]}", value));
        json_object_put(fixture_call(session, "list.repeat", "['l',%d]", n));
        return session;
}

static void close_list(Fixture *f, Session *session) {
        fixture_expect(session, "object.delete", "['l']", "null");
        fixture_expect_clean(f);
        fixture_deinit(f);
}

START_TEST(test_many_small_elements_are_one_answer) {
        Fixture f;

        Session *session = open_list(&f, NULL, many[_i].element, many[_i].n);
        struct json_object *array = fixture_call(session, "list.copy", "['l']");
        ck_assert_uint_eq(json_object_array_length(array), many[_i].n);
        json_object_put(array);
        close_list(&f, session);
}
END_TEST

static char *make_string(size_t n) {
        char *text = malloc(n + 3);

        memset(text, 'x', n + 2);
        text[0] = text[n + 1] = '\'';
        text[n + 2] = '\0';
        return text;
}

/* As many large elements are returned as fit, and not one more. */
START_TEST(test_large_elements) {
        enum { SIZE = 60000, N_FIT = 279 }; /* 16 MiB */
        char *text = make_string(SIZE);
        struct json_object *array;
        Fixture f;

        Session *session = open_list(&f, NULL, text, N_FIT + 1);
        array = fixture_call(session, "list.slice", "['l',0,%d]", N_FIT);
        ck_assert_uint_eq(json_object_array_length(array), N_FIT);
        json_object_put(array);
        ck_assert_str_eq(fixture_call_error(session, "list.copy", "['l']"), "EMSGSIZE");
        close_list(&f, session);
        free(text);
}
END_TEST

/* Every result is within the bound, and a refused one would exceed it, or almost. */
START_TEST(test_answers_stay_within_the_bound) {
        static const char *const elements[] = {"7", "'\\u0001'", "'ab\\\\'", "[1,'x']", "0.1"};
        Limits limits = limits_default;
        const char *answer;
        Fixture f;
        int n = 1;

        limits.frame_bytes = 8192;
        Session *session = open_list(&f, &limits, elements[_i], 4000);
        do {
                char params[64];
                snprintf(params, sizeof(params), "['l',0,%d]", n++);
                fixture_start(session, 1, "list.slice", params);
                answer = fixture_receive_text(session);
                ck_assert_uint_le(strlen(answer), limits.frame_bytes);
        } while (strstr(answer, "\"result\""));
        ck_assert_ptr_nonnull(strstr(answer, "EMSGSIZE"));
        ck_assert_int_gt(n, 200);
        close_list(&f, session);
}
END_TEST

/* A message holds fewer values than these results have, so the call is refused before it reads
 * one. */
static const struct {
        const char *method, *params;
} whole[] = {
        {"list.copy", "['l']"},
        {"list.slice", "['l',1]"},
        {"set.copy", "['s']"},
        {"set.union", "{'name':'s','values':[-1]}"},
        {"set.union", "{'name':'few','other':'s'}"},
        {"set.difference", "{'name':'s','values':[-1]}"},
        {"set.symmetric_difference", "{'name':'s','values':[-1]}"},
        {"dict.keys", "['d']"},
        {"dict.values", "['d']"},
        {"dict.items", "['d']"},
        {"dict.copy", "['d']"},
        {"array.slice", "['a']"},
};

START_TEST(test_what_cannot_fit_is_refused_before_the_work) {
        enum { N = 500, MOST_MEMBERS = 400, STEPS = 30 };
        Limits limits = limits_default;
        Fixture f;

        fixture_init(&f, &limits);
        Session *session = fixture_session(&f, 100, 1000, "alpha");
        json_object_put(
                fixture_call(session, "list.open", "{'name':'l','create':true,'value':[1]}"));
        json_object_put(fixture_call(session, "list.repeat", "['l',%d]", N));
        json_object_put(fixture_call(session, "array.open",
                                     "{'name':'a','create':true,'type':'int64','length':%d}", N));
        json_object_put(fixture_call(session, "set.open", "{'name':'few','create':true}"));
        json_object_put(fixture_call(session, "set.open", "{'name':'s','create':true}"));
        json_object_put(fixture_call(session, "dict.open", "{'name':'d','create':true}"));
        for (int i = 0; i < N; i++) {
                json_object_put(fixture_call(session, "set.add", "['s',%d]", i));
                json_object_put(fixture_call(session, "dict.set", "['d','%d',null]", i));
        }
        limits.frame_members = MOST_MEMBERS;
        core_set_limits(&f.core, &limits);
        uint64_t before = f.core.n_steps;
        ck_assert_str_eq(fixture_call_error(session, whole[_i].method, "%s", whole[_i].params),
                         "EMSGSIZE");
        ck_assert_uint_le(f.core.n_steps - before, STEPS);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("room");
        TCase *c = tcase_create("room");

        tcase_set_timeout(c, 120);
        tcase_add_loop_test(c, test_many_small_elements_are_one_answer, 0, ELEMENTSOF(many));
        tcase_add_test(c, test_large_elements);
        tcase_add_loop_test(c, test_answers_stay_within_the_bound, 0, 5);
        tcase_add_loop_test(c, test_what_cannot_fit_is_refused_before_the_work, 0,
                            ELEMENTSOF(whole));
        suite_add_tcase(suite, c);
        return suite;
}
