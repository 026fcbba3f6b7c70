/* JSON-RPC without sockets: envelopes, ids, batches, notifications, cancelling. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "core/core-fixture.h"
#include "tap-main.h"

typedef struct Two {
        Fixture f;
        Session *a, *b;
} Two;

static void two_init(Two *t) {
        fixture_init(&t->f, NULL);
        t->a = fixture_session(&t->f, 100, 1000, "alpha");
        t->b = fixture_session(&t->f, 200, 2000, "beta");
        json_object_put(
                fixture_call(t->a, "counter.open", "{'name':'c','create':true,'mode':'0666'}"));
}

static void two_deinit(Two *t) {
        fixture_expect(t->a, "object.delete", "['c']", "null");
        fixture_expect_clean(&t->f);
        fixture_deinit(&t->f);
}

/* Asserts that the next line has this id, and this result or error. */
static void expect_line(Session *session, const char *id, int code, const char *expected) {
        Buffer begin = {0}, end = {0};
        const char *line = fixture_receive_text(session);

        ck_assert_ptr_nonnull(line);
        if (code)
                buffer_append_format(
                        &begin, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":%d,\"message\":\"", code);
        else
                buffer_append_format(&begin,
                                     "{\"jsonrpc\":\"2.0\",\"result\":%s,\"id\":", expected);
        buffer_append_format(&end, code ? "\"errno\":\"%s\"}},\"id\":%s}" : "%.0s%s}", expected,
                             id);
        size_t n = strlen(line);
        ck_assert_msg(n >= buffer_size(&begin) && n >= buffer_size(&end) &&
                              memcmp(line, buffer_bytes(&begin), buffer_size(&begin)) == 0 &&
                              memcmp(line + n - buffer_size(&end), buffer_bytes(&end),
                                     buffer_size(&end)) == 0,
                      "expected %d, %s for id %s, not %s", code, expected, id, line);
        buffer_deinit(&begin);
        buffer_deinit(&end);
}

#define CALL "'jsonrpc':'2.0','method':'server.ping'"

/* A line and its reply: a result if `code` is 0, otherwise an errno. */
static const struct {
        const char *line, *id;
        int code;
        const char *expected;
} lines[] = {
        {"{" CALL ",'id':1}", "1", 0, "\"pong\""},
        {"  {" CALL ",'id':1}\t\r", "1", 0, "\"pong\""},
        {"{" CALL ",'params':[],'id':1}", "1", 0, "\"pong\""},
        {"{" CALL ",'params':{},'id':1}", "1", 0, "\"pong\""},
        {"{'id':1,'method':'server\\u002eping','json\\u0072pc':'2\\u002e0'}", "1", 0, "\"pong\""},
        /* Ids are returned as they were written. */
        {"{" CALL ",'id':null}", "null", 0, "\"pong\""},
        {"{" CALL ",'id':0}", "0", 0, "\"pong\""},
        {"{" CALL ",'id':-0}", "-0", 0, "\"pong\""},
        {"{" CALL ",'id':9007199254740993}", "9007199254740993", 0, "\"pong\""},
        {"{" CALL ",'id':9223372036854775807}", "9223372036854775807", 0, "\"pong\""},
        {"{" CALL ",'id':-9223372036854775808}", "-9223372036854775808", 0, "\"pong\""},
        {"{" CALL ",'id':''}", "\"\"", 0, "\"pong\""},
        {"{" CALL ",'id':'\\u0061\\/\xc3\xa4'}", "\"\\u0061\\/\xc3\xa4\"", 0, "\"pong\""},
        {"{" CALL ",'id':1.0}", "null", -32600, "EINVAL"},
        {"{" CALL ",'id':1e2}", "null", -32600, "EINVAL"},
        {"{" CALL ",'id':true}", "null", -32600, "EINVAL"},
        {"{" CALL ",'id':[1]}", "null", -32600, "EINVAL"},
        {"{" CALL ",'id':{}}", "null", -32600, "EINVAL"},
        /* Not JSON. */
        {"{", "null", -32700, "EBADMSG"},
        {"{" CALL ",'id':1", "null", -32700, "EBADMSG"},
        {"{" CALL ",'id':1}}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'id':1,}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'id':1}{" CALL ",'id':2}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'id':1,'id':1}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'method':'server.ping','id':1}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'params':{'a':1,'\\u0061':2},'id':1}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'params':[9223372036854775808],'id':1}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'params':[NaN],'id':1}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'params':[1e999],'id':1}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'params':['\xff'],'id':1}", "null", -32700, "EBADMSG"},
        {"{" CALL ",'params':['\\ud800'],'id':1}", "null", -32700, "EBADMSG"},
        {"\xef\xbb\xbf{" CALL ",'id':1}", "null", -32700, "EBADMSG"},
        {"GET / HTTP/1.1\r", "null", -32700, "EBADMSG"},
        /* JSON, but not a request. */
        {"1", "null", -32600, "EINVAL"},
        {"'server.ping'", "null", -32600, "EINVAL"},
        {"null", "null", -32600, "EINVAL"},
        {"{}", "null", -32600, "EINVAL"},
        {"{'method':'server.ping','id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':2.0,'method':'server.ping','id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':[2.0],'method':'server.ping','id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':12.01,'method':'server.ping','id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':'1.0','method':'server.ping','id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':'2.0','id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':'2.0','method':1,'id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':'2.0','method':null,'id':'x'}", "\"x\"", -32600, "EINVAL"},
        {"{" CALL ",'params':null,'id':1}", "1", -32600, "EINVAL"},
        {"{" CALL ",'params':1,'id':1}", "1", -32600, "EINVAL"},
        {"{" CALL ",'params':'x','id':1}", "1", -32600, "EINVAL"},
        {"{" CALL ",'param':[],'id':1}", "1", -32600, "EINVAL"},
        {"{'jsonrpc':'2.0','result':1,'id':1}", "null", -32600, "EINVAL"},
        {"{'jsonrpc':'2.0','error':{'code':1,'message':''},'id':1}", "null", -32600, "EINVAL"},
        {"{'method':'server.ping'}", "null", -32600, "EINVAL"},
        /* Unknown methods. */
        {"{'jsonrpc':'2.0','method':'server.pong','id':1}", "1", -32601, "ENOSYS"},
        {"{'jsonrpc':'2.0','method':'','id':1}", "1", -32601, "ENOSYS"},
        {"{'jsonrpc':'2.0','method':'server.ping ','id':1}", "1", -32601, "ENOSYS"},
        {"{'jsonrpc':'2.0','method':'server.ping\\u0000','id':1}", "1", -32601, "ENOSYS"},
        {"{'jsonrpc':'2.0','method':'__proto__','id':1}", "1", -32601, "ENOSYS"},
        {"{'jsonrpc':'2.0','method':'rpc.x','params':[1],'id':1}", "1", -32601, "ENOSYS"},
        /* Invalid parameters, and errors of the object. */
        {"{" CALL ",'params':[1],'id':1}", "1", -32602, "EINVAL"},
        {"{'jsonrpc':'2.0','method':'counter.get','id':1}", "1", -32602,
         "EINVAL\",\"param\":\"name"},
        {"{'jsonrpc':'2.0','method':'counter.get','params':['d'],'id':1}", "1", -32000, "ENOENT"},
        {"{'jsonrpc':'2.0','method':'counter.get','params':['c'],'id':1}", "1", 0, "0"},
};

START_TEST(test_line) {
        Two t;

        two_init(&t);
        fixture_send(t.a, "%s", lines[_i].line);
        expect_line(t.a, lines[_i].id, lines[_i].code, lines[_i].expected);
        ck_assert_ptr_null(fixture_receive_text(t.a));
        /* Whatever the line was, the session continues. */
        fixture_expect(t.a, "server.ping", "[]", "'pong'");
        two_deinit(&t);
}
END_TEST

static const char *const silent_lines[] = {
        "",
        " \t\r",
        "{" CALL "}",
        "{'jsonrpc':'2.0','method':'no.such'}",
        "{'jsonrpc':'2.0','method':'counter.add','params':['nothing']}",
        "{'jsonrpc':'2.0','method':'counter.add','params':{'wrong':1}}",
        "{'jsonrpc':'2.0','method':'counter.wait','params':['c','==',5]}",
        "[{" CALL "}]",
        "[{" CALL "},{'jsonrpc':'2.0','method':'no.such'}]",
};

START_TEST(test_line_without_answer) {
        Two t;

        two_init(&t);
        fixture_send(t.a, "%s", silent_lines[_i]);
        ck_assert_ptr_null(fixture_receive_text(t.a));
        ck_assert_uint_eq(t.f.core.n_waits, 0);
        two_deinit(&t);
}
END_TEST

START_TEST(test_notification_is_carried_out) {
        Two t;

        two_init(&t);
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'counter.add','params':['c',5]}");
        fixture_send(t.b, "{'jsonrpc':'2.0','method':'counter.add','params':{'name':'c'}}");
        fixture_expect(t.a, "counter.get", "['c']", "6");
        ck_assert_uint_eq(t.f.core.stats.n_notifications, 2);
        two_deinit(&t);
}
END_TEST

/* An error quotes text of the client escaped and shortened. */
START_TEST(test_long_method_name) {
        enum { LONG = 10000 };
        char name[LONG + 1];
        Two t;

        memset(name, 'x', LONG);
        name[LONG] = '\0';
        two_init(&t);
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'%s','id':1}", name);
        ck_assert_uint_lt(strlen(fixture_receive_text(t.a)), 512);
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'a\\n\\u001b[2J\\u202e','id':1}");
        const char *line = fixture_receive_text(t.a);
        ck_assert_ptr_nonnull(strstr(line, "a\\\\x0a\\\\x1b[2J\\\\xe2\\\\x80\\\\xae"));
        two_deinit(&t);
}
END_TEST

/* An id of a string has at most 255 bytes between its quotes. */
START_TEST(test_length_of_id) {
        char id[260];
        Two t;

        memset(id, 'i', sizeof(id));
        id[0] = id[256] = '"';
        id[257] = '\0';
        two_init(&t);
        fixture_send(t.a, "{" CALL ",'id':%s}", id);
        expect_line(t.a, id, 0, "\"pong\"");
        id[256] = 'i';
        id[257] = '"';
        id[258] = '\0';
        fixture_send(t.a, "{" CALL ",'id':%s}", id);
        expect_line(t.a, "null", -32600, "EINVAL");
        two_deinit(&t);
}
END_TEST

START_TEST(test_id_in_flight_is_refused) {
        Two t;

        two_init(&t);
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'counter.wait','params':['c','==',1],"
                          "'id':'a'}");
        fixture_send(t.a, "{" CALL ",'id':'\\u0061'}");
        expect_line(t.a, "\"\\u0061\"", -32600, "EINVAL");
        fixture_send(t.a, "[{" CALL ",'id':'a'}]");
        ck_assert_ptr_nonnull(strstr(fixture_receive_text(t.a), "-32600"));
        /* Another id, or an equal id on another session, may be used meanwhile. */
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'counter.wait','params':['c','==',1],"
                          "'id':1}");
        fixture_send(t.a, "{" CALL ",'id':1}");
        expect_line(t.a, "1", -32600, "EINVAL");
        fixture_send(t.a, "{" CALL ",'id':-1}");
        expect_line(t.a, "-1", 0, "\"pong\"");
        fixture_send(t.a, "{" CALL ",'id':'1'}");
        expect_line(t.a, "\"1\"", 0, "\"pong\"");
        fixture_send(t.b, "{" CALL ",'id':'a'}");
        expect_line(t.b, "\"a\"", 0, "\"pong\"");
        fixture_send(t.b, "{'jsonrpc':'2.0','method':'counter.add','params':['c'],'id':2}");
        expect_line(t.b, "2", 0, "1");
        expect_line(t.a, "\"a\"", 0, "1");
        expect_line(t.a, "1", 0, "1");
        /* After the reply the id may be used again. */
        fixture_send(t.a, "{" CALL ",'id':'a'}");
        expect_line(t.a, "\"a\"", 0, "\"pong\"");
        two_deinit(&t);
}
END_TEST

START_TEST(test_cancel) {
        Two t;

        two_init(&t);
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'counter.wait','params':['c','==',1],"
                          "'id':'w'}");
        fixture_expect(t.a, "session.cancel", "['v']", "!ENOENT");
        fixture_expect(t.a, "session.cancel", "[7]", "!ENOENT");
        fixture_expect(t.b, "session.cancel", "['w']", "!ENOENT");
        fixture_expect(t.a, "session.cancel", "[null]", "!EINVAL");
        fixture_expect(t.a, "session.cancel", "[1.0]", "!ENOENT");
        fixture_expect(t.a, "session.cancel", "[]", "!EINVAL");
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'session.cancel','params':{'id':'w'},"
                          "'id':2}");
        expect_line(t.a, "\"w\"", -32000, "ECANCELED");
        expect_line(t.a, "2", 0, "true");
        fixture_expect(t.a, "session.cancel", "['w']", "!ENOENT");
        ck_assert_uint_eq(t.f.core.n_waits, 0);
        two_deinit(&t);
}
END_TEST

START_TEST(test_cancel_comes_too_late) {
        Two t;

        two_init(&t);
        fixture_start(t.a, 5, "counter.wait", "['c','==',1]");
        fixture_expect(t.b, "counter.add", "['c']", "1");
        fixture_send(t.a, "{'jsonrpc':'2.0','method':'session.cancel','params':[5],'id':6}");
        expect_line(t.a, "5", 0, "1");
        expect_line(t.a, "6", -32000, "ENOENT");
        two_deinit(&t);
}
END_TEST

START_TEST(test_responses_carry_the_commit_number) {
        Two t;

        two_init(&t);
        struct json_object *hello = fixture_call(t.a, "session.hello", "{'seq':true}");
        json_object_put(hello);
        uint64_t last = t.f.core.last_commit;
        for (int i = 1; i <= 3; i++) {
                /* Calls of other sessions are carried out in one order with them. */
                fixture_expect(t.b, "counter.add", "['c']", i == 1 ? "1" : i == 2 ? "2" : "3");
                fixture_start(t.a, i, "counter.get", "['c']");
                struct json_object *reply = fixture_receive(t.a);
                int64_t seq = json_object_get_int64(json_object_object_get(reply, "seq"));
                ck_assert_int_eq(seq, (int64_t)last + 2 * i);
                json_object_put(reply);
        }
        fixture_start(t.b, 1, "counter.get", "['c']");
        ck_assert_ptr_null(strstr(fixture_receive_text(t.b), "seq"));
        json_object_put(fixture_call(t.a, "session.hello", "{'seq':false}"));
        fixture_start(t.a, 1, "counter.get", "['c']");
        ck_assert_ptr_null(strstr(fixture_receive_text(t.a), "seq"));
        two_deinit(&t);
}
END_TEST

START_TEST(test_hello) {
        static const char *const members[] = {"server", "version",      "protocol", "session",
                                              "run",    "token_source", "limits"};
        char name[65];
        Two t;

        two_init(&t);
        struct json_object *hello = fixture_call(t.a, "session.hello", "['my program']");
        for (size_t i = 0; i < ELEMENTSOF(members); i++)
                ck_assert_ptr_nonnull(json_object_object_get(hello, members[i]));
        ck_assert_str_eq(json_object_get_string(json_object_object_get(hello, "server")), "shmgrd");
        ck_assert_int_eq(json_object_get_int64(json_object_object_get(hello, "session")),
                         (int64_t)t.a->id);
        json_object_put(hello);
        ck_assert_str_eq(t.a->client, "my program");
        memset(name, 'n', sizeof(name));
        name[64] = '\0';
        ck_assert_str_eq(fixture_call_error(t.a, "session.hello", "['%s']", name), "EINVAL");
        fixture_expect(t.a, "session.hello", "['a\\u0000b']", "!EINVAL");
        ck_assert_str_eq(t.a->client, "my program");
        name[63] = '\0';
        json_object_put(fixture_call(t.a, "session.hello", "{'client':'%s'}", name));
        ck_assert_str_eq(t.a->client, name);
        two_deinit(&t);
}
END_TEST

START_TEST(test_discover_tells_every_method) {
        Two t;

        two_init(&t);
        struct json_object *document = fixture_call(t.a, "rpc.discover", "[]");
        struct json_object *methods = json_object_object_get(document, "methods");
        ck_assert_uint_eq(json_object_array_length(methods), table_size(&t.f.core.methods));
        for (size_t i = 0; i < json_object_array_length(methods); i++) {
                struct json_object *method = json_object_array_get_idx(methods, i);
                const char *name = json_object_get_string(json_object_object_get(method, "name"));
                ck_assert_ptr_nonnull(table_get(&t.f.core.methods, name, strlen(name)));
                ck_assert_ptr_nonnull(
                        json_object_object_get(json_object_object_get(method, "result"), "schema"));
                ck_assert_ptr_nonnull(json_object_object_get(method, "summary"));
        }
        json_object_put(document);
        two_deinit(&t);
}
END_TEST

START_TEST(test_discover_tells_of_one_family) {
        static const struct {
                const char *family, *method;
        } rows[] = {{"event", "event.clear"}, {"session", "session.cancel"}};
        Two t;

        two_init(&t);
        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                struct json_object *document =
                        fixture_call(t.a, "rpc.discover", "['%s']", rows[i].family);
                struct json_object *methods = json_object_object_get(document, "methods");
                size_t n = json_object_array_length(methods), n_family = strlen(rows[i].family);
                bool has_method = false;
                for (size_t k = 0; k < n; k++) {
                        const char *name = json_object_get_string(json_object_object_get(
                                json_object_array_get_idx(methods, k), "name"));
                        ck_assert_msg(strncmp(name, rows[i].family, n_family) == 0 &&
                                              name[n_family] == '.',
                                      "%s", name);
                        has_method = has_method || strcmp(name, rows[i].method) == 0;
                }
                ck_assert(has_method);
                json_object_put(document);
        }
        struct json_object *document = fixture_call(t.a, "rpc.discover", "{'family':'even'}");
        ck_assert_uint_eq(json_object_array_length(json_object_object_get(document, "methods")), 0);
        json_object_put(document);
        two_deinit(&t);
}
END_TEST

START_TEST(test_stats_count) {
        Two t;

        two_init(&t);
        fixture_expect(t.a, "counter.get", "['none']", "!ENOENT");
        fixture_send(t.a, "not JSON");
        fixture_receive_text(t.a);
        struct json_object *stats = fixture_call(t.a, "server.stats", "[]");
        struct json_object *counters = json_object_object_get(stats, "counters");
        struct json_object *methods = json_object_object_get(stats, "methods");
        struct json_object *get = json_object_object_get(methods, "counter.get");
        ck_assert_int_eq(json_object_get_int(json_object_object_get(stats, "sessions")), 2);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(stats, "objects")), 1);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(counters, "calls")), 3);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(counters, "bad_frames")), 1);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(get, "calls")), 1);
        ck_assert_int_eq(json_object_get_int(json_object_object_get(get, "errors")), 1);
        json_object_put(stats);
        two_deinit(&t);
}
END_TEST

/* Two daemons connected to each other would send errors for ever: the error for a response carries no id, and
 * several responses in a row end the session. */
START_TEST(test_responses_are_not_answered_for_ever) {
        static const char *const responses[] = {
                "{'jsonrpc':'2.0','result':1,'id':7}",
                "{'jsonrpc':'2.0','error':{'code':-32600,'message':'x'},'id':null}",
                "[{'jsonrpc':'2.0','result':1,'id':7}]",
        };
        Two t;
        unsigned n = 0;

        two_init(&t);
        fixture_send(t.a, "%s", responses[0]);
        struct json_object *reply = fixture_receive(t.a), *id;
        ck_assert(json_object_object_get_ex(reply, "id", &id) && !id);
        json_object_put(reply);
        fixture_expect(t.a, "server.ping", "[]", "\"pong\"");
        for (; !t.a->is_cut_off && n < 100; n++) {
                fixture_send(t.a, "%s", responses[n % ELEMENTSOF(responses)]);
                json_object_put(fixture_receive(t.a));
        }
        ck_assert_uint_eq(n, t.f.core.limits.bad_frames);
        two_deinit(&t);
}
END_TEST

/* Responses in a batch count one by one, and the rest of the batch is not read. */
START_TEST(test_responses_in_one_batch_end_the_session) {
        enum { N = 30 };
        char batch[N * 64] = "[";
        Two t;

        two_init(&t);
        for (int i = 0; i < N; i++)
                sprintf(batch + strlen(batch), "%s{'jsonrpc':'2.0','result':1,'id':%d}",
                        i ? "," : "", i);
        strcat(batch, "]");
        fixture_send(t.a, "%s", batch);
        ck_assert(t.a->is_cut_off);
        ck_assert_uint_eq(t.f.core.stats.n_bad_frames, t.f.core.limits.bad_frames);
        while (fixture_receive_text(t.a))
                ;
        two_deinit(&t);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("rpc");
        TCase *c = tcase_create("rpc");

        tcase_add_loop_test(c, test_line, 0, ELEMENTSOF(lines));
        tcase_add_loop_test(c, test_line_without_answer, 0, ELEMENTSOF(silent_lines));
        tcase_add_test(c, test_notification_is_carried_out);
        tcase_add_test(c, test_long_method_name);
        tcase_add_test(c, test_length_of_id);
        tcase_add_test(c, test_id_in_flight_is_refused);
        tcase_add_test(c, test_cancel);
        tcase_add_test(c, test_cancel_comes_too_late);
        tcase_add_test(c, test_responses_carry_the_commit_number);
        tcase_add_test(c, test_responses_are_not_answered_for_ever);
        tcase_add_test(c, test_responses_in_one_batch_end_the_session);
        tcase_add_test(c, test_hello);
        tcase_add_test(c, test_discover_tells_every_method);
        tcase_add_test(c, test_discover_tells_of_one_family);
        tcase_add_test(c, test_stats_count);
        suite_add_tcase(suite, c);
        return suite;
}
