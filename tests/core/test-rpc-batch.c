/* Batches: one reply for each call with an id, in their order, with no other line in between. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "core/core-fixture.h"
#include "tap-main.h"

typedef struct Two {
        Fixture f;
        Session *a, *b;
} Two;

static void two_init(Two *t, const Limits *limits) {
        fixture_init(&t->f, limits);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        t->b = fixture_session(&t->f, 200, 1000, "beta");
        json_object_put(fixture_call(t->a, "counter.open", "{'name':'c','create':true}"));
}

static void two_deinit(Two *t) {
        fixture_expect(t->a, "object.delete", "['c']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

#define CALL(method, params, id)                                                                   \
        "{'jsonrpc':'2.0','method':'" method "','params':" params ",'id':" id "}"
#define NOTE(method, params) "{'jsonrpc':'2.0','method':'" method "','params':" params "}"

/* A batch, and for each reply its id with its result or "!ERRNO". */
static const struct {
        const char *batch;
        const char *expected[8];
        const char *after; /* the value of the counter */
} batches[] = {
        {"[" CALL("server.ping", "[]", "1") "]", {"1 \"pong\""}, "0"},
        {" [ " CALL("counter.add", "['c']", "'x'") " , " CALL("counter.add", "['c']", "'y'") " ] ",
         {"\"x\" 1", "\"y\" 2"},
         "2"},
        {"[" CALL("counter.add", "['c',5]",
                  "2") "," NOTE("counter.add", "['c',5]") "," CALL("counter.get", "['c']", "1") "]",
         {"2 5", "1 10"},
         "10"},
        {"[" CALL("counter.add", "['c']", "1") "," CALL("counter.add", "['c']", "1") "]",
         {"1 1", "1 2"},
         "2"},
        {"[" CALL("counter.add", "['c']", "null") "]", {"null 1"}, "1"},
        {"[1,'x',null,{}]", {"null !EINVAL", "null !EINVAL", "null !EINVAL", "null !EINVAL"}, "0"},
        {"[[" CALL("counter.add", "['c']", "1") "]]", {"null !EINVAL"}, "0"},
        {"[[],[]]", {"null !EINVAL", "null !EINVAL"}, "0"},
        {"[{'jsonrpc':'2.0','id':7}," CALL("counter.add", "['c']", "8") "]",
         {"7 !EINVAL", "8 1"},
         "1"},
        {"[" CALL("no.such", "[]", "1") "," NOTE("no.such", "[]") "," CALL(
                 "counter.add", "['c',1,2]", "2") "," CALL("counter.add", "['c']", "3") "]",
         {"1 !ENOSYS", "2 !EINVAL", "3 1"},
         "1"},
        {"[" CALL("counter.add", "['d']", "1") "," CALL("counter.add", "['c']", "2") "]",
         {"1 !ENOENT", "2 1"},
         "1"},
        /* In a batch no call waits, whatever its timeout. */
        {"[" CALL("counter.wait", "['c','==',1]", "1") "," CALL("counter.wait", "['c','==',1,1e6]",
                                                                "2") "]",
         {"1 !EAGAIN", "2 !EAGAIN"},
         "0"},
        {"[" CALL("counter.add", "['c']", "1") "," CALL("counter.wait", "['c','==',1]", "2") "]",
         {"1 1", "2 1"},
         "1"},
        {"[" CALL("dict.open", "{'name':'d','create':true,'value':{'k':[1]}}", "1") "," CALL(
                 "dict.pop", "['d','k']", "2") "," CALL("object.delete", "['d']", "3") "]",
         {"1 {\"name\":\"d\",\"created\":true,\"id\":2,\"lifetime\":\"persistent\"}", "2 [1]",
          "3 null"},
         "0"},
};

/* Writes "ID RESULT" or "ID !ERRNO". */
static void write_outcome(Buffer *text, struct json_object *reply) {
        struct json_object *id = json_object_object_get(reply, "id"), *result;

        buffer_truncate(text, 0);
        buffer_append_format(text, "%s ", json_object_to_json_string_ext(id, 0));
        if (json_object_object_get_ex(reply, "result", &result)) {
                buffer_append_string(text, json_object_to_json_string_ext(result, 0));
        } else {
                struct json_object *error = json_object_object_get(reply, "error");
                struct json_object *data = json_object_object_get(error, "data");
                buffer_append_format(text, "!%s",
                                     json_object_get_string(json_object_object_get(data, "errno")));
        }
        buffer_append(text, "", 1);
}

START_TEST(test_batch) {
        Buffer text = {0};
        Two t;

        two_init(&t, NULL);
        fixture_send(t.a, "%s", batches[_i].batch);
        struct json_object *replies = fixture_receive(t.a);
        ck_assert(json_object_is_type(replies, json_type_array));
        size_t n = 0;
        for (; n < ELEMENTSOF(batches[_i].expected) && batches[_i].expected[n]; n++) {
                ck_assert_uint_lt(n, json_object_array_length(replies));
                write_outcome(&text, json_object_array_get_idx(replies, n));
                ck_assert_str_eq(buffer_bytes(&text), batches[_i].expected[n]);
        }
        ck_assert_uint_eq(json_object_array_length(replies), n);
        json_object_put(replies);
        buffer_deinit(&text);
        ck_assert_ptr_null(fixture_receive_text(t.a));
        fixture_expect(t.a, "counter.get", "['c']", batches[_i].after);
        two_deinit(&t);
}
END_TEST

START_TEST(test_empty_batch_is_no_request) {
        Two t;

        two_init(&t, NULL);
        fixture_send(t.a, "[]");
        const char *line = fixture_receive_text(t.a);
        ck_assert_ptr_nonnull(strstr(line, "-32600"));
        ck_assert_ptr_nonnull(strstr(line, "\"id\":null}"));
        ck_assert_int_eq(line[0], '{');
        two_deinit(&t);
}
END_TEST

/* Sends n calls of counter.add in one batch; without ids they are notifications. */
static void send_many(Session *session, int n, bool with_ids) {
        Buffer line = {0};

        for (int i = 0; i < n; i++) {
                buffer_append_format(&line,
                                     "%c{\"jsonrpc\":\"2.0\",\"method\":\"counter.add\","
                                     "\"params\":[\"c\"]",
                                     i ? ',' : '[');
                if (with_ids)
                        buffer_append_format(&line, ",\"id\":%d", i);
                buffer_append_string(&line, "}");
        }
        buffer_append_string(&line, "]");
        fixture_send_bytes(session, buffer_bytes(&line), buffer_size(&line));
        buffer_deinit(&line);
}

START_TEST(test_most_calls) {
        Two t;

        two_init(&t, NULL);
        send_many(t.a, 1000, true);
        struct json_object *replies = fixture_receive(t.a);
        ck_assert_uint_eq(json_object_array_length(replies), 1000);
        struct json_object *last = json_object_array_get_idx(replies, 999);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(last, "id")), 999);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(last, "result")), 1000);
        json_object_put(replies);

        send_many(t.a, 1000, false);
        ck_assert_ptr_null(fixture_receive_text(t.a));
        fixture_expect(t.a, "counter.get", "['c']", "2000");

        /* With one call more, none is carried out. */
        for (int with_ids = 0; with_ids <= 1; with_ids++) {
                send_many(t.a, 1001, with_ids);
                const char *line = fixture_receive_text(t.a);
                ck_assert_ptr_nonnull(strstr(line, "-32600"));
                ck_assert_ptr_nonnull(strstr(line, "EMSGSIZE"));
                ck_assert_ptr_null(fixture_receive_text(t.a));
        }
        fixture_expect(t.a, "counter.get", "['c']", "2000");
        two_deinit(&t);
}
END_TEST

/* Waiting calls are served after the batch, and their replies are lines of their own. */
START_TEST(test_answers_of_waits_are_not_in_the_batch) {
        Two t;

        two_init(&t, NULL);
        fixture_start(t.a, 10, "counter.wait", "['c','==',2]");
        fixture_start(t.a, 11, "counter.wait", "['c','==',7]");
        fixture_start(t.b, 12, "counter.wait", "['c','>=',1]");
        fixture_send(t.a, "[" CALL("session.cancel", "[11]",
                                   "1") "," CALL("counter.add", "['c']",
                                                 "2") "," CALL("counter.add", "['c']", "3") "]");
        fixture_expect_reply(t.a, 11, "!ECANCELED");
        struct json_object *replies = fixture_receive(t.a);
        ck_assert_uint_eq(json_object_array_length(replies), 3);
        json_object_put(replies);
        fixture_expect_reply(t.a, 10, "2");
        fixture_expect_reply(t.b, 12, "2");
        two_deinit(&t);
}
END_TEST

/* The array of replies is never cut: a reply without room in it is replaced by an error. */
START_TEST(test_batch_with_more_answers_than_a_message_holds) {
        enum { N_CALLS = 40 };
        Limits limits = limits_default;
        Buffer line = {0};
        int n_too_large = 0;
        char value[1001];
        Two t;

        limits.frame_bytes = 16384;
        two_init(&t, &limits);
        memset(value, 'v', sizeof(value) - 1);
        value[sizeof(value) - 1] = '\0';
        json_object_put(
                fixture_call(t.a, "list.open", "{'name':'l','create':true,'value':['%s']}", value));
        for (int i = 0; i < N_CALLS; i++)
                buffer_append_format(&line,
                                     "%c{\"jsonrpc\":\"2.0\",\"method\":\"list.get\","
                                     "\"params\":[\"l\",0],\"id\":%d}",
                                     i ? ',' : '[', i);
        buffer_append_string(&line, "]");
        fixture_send_bytes(t.a, buffer_bytes(&line), buffer_size(&line));
        buffer_deinit(&line);
        struct json_object *replies = fixture_receive(t.a);
        ck_assert_uint_eq(json_object_array_length(replies), N_CALLS);
        for (int i = 0; i < N_CALLS; i++) {
                struct json_object *reply = json_object_array_get_idx(replies, i);
                ck_assert_int_eq(json_object_get_int(json_object_object_get(reply, "id")), i);
                n_too_large += json_object_object_get_ex(reply, "error", NULL);
        }
        ck_assert_int_gt(n_too_large, 0);
        ck_assert_int_lt(n_too_large, N_CALLS);
        json_object_put(replies);
        fixture_expect(t.a, "object.delete", "['l']", "null");
        two_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("rpc-batch");
        TCase *c = tcase_create("rpc-batch");

        tcase_add_loop_test(c, test_batch, 0, ELEMENTSOF(batches));
        tcase_add_test(c, test_empty_batch_is_no_request);
        tcase_add_test(c, test_most_calls);
        tcase_add_test(c, test_answers_of_waits_are_not_in_the_batch);
        tcase_add_test(c, test_batch_with_more_answers_than_a_message_holds);
        suite_add_tcase(suite, c);
        return suite;
}
