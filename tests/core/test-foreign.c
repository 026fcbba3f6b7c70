/* Clients of other projects: messages that their libraries send unasked, and requests of browsers, which
 * must not drive the daemon. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "tap-main.h"

/* ---- Cancelling, as libraries of the Language Server Protocol do */

/* A call that waits for an act of another session; `wake` is this act. */
static const struct Wait {
        const char *open[2]; /* method and params, called by the other session */
        const char *take[2]; /* called by the other session, so that `wait` has to wait; or NULL */
        const char *wait[2]; /* called by the client that gives up */
        const char *wake[2]; /* called by the other session, afterwards */
        const char *look[3]; /* method, params, and the result if the cancelled call took nothing */
} waits[] = {
        {.open = {"queue.open", "{'name':'o','create':true,'mode':'0666'}"},
         .wait = {"queue.get", "['o']"},
         .wake = {"queue.put", "['o','item']"},
         .look = {"queue.get", "['o',0]", "'item'"}},
        {.open = {"queue.open", "{'name':'o','create':true,'mode':'0666'}"},
         .wait = {"queue.reserve", "['o']"},
         .wake = {"queue.put", "['o','item']"},
         .look = {"queue.get", "['o',0]", "'item'"}},
        {.open = {"lock.open", "{'name':'o','create':true,'mode':'0666'}"},
         .take = {"lock.acquire", "['o']"},
         .wait = {"lock.acquire", "['o']"},
         .wake = {"lock.release", "['o']"},
         .look = {"lock.locked", "['o']", "false"}},
        {.open = {"semaphore.open", "{'name':'o','create':true,'mode':'0666','value':0}"},
         .wait = {"semaphore.acquire", "['o']"},
         .wake = {"semaphore.release", "['o']"},
         .look = {"semaphore.value", "['o']", "1"}},
        {.open = {"counter.open", "{'name':'o','create':true,'mode':'0666'}"},
         .wait = {"counter.wait", "['o','==',5]"},
         .wake = {"counter.set", "['o',5]"},
         .look = {"counter.get", "['o']", "5"}},
};

/* Calls a method whose result does not matter. */
static void call(Session *session, const char *const method_and_params[2]) {
        json_object_put(fixture_call(session, method_and_params[0], "%s", method_and_params[1]));
}

static void start_wait(Session *session, const struct Wait *row, const char *id) {
        fixture_send(session, "{'jsonrpc':'2.0','id':%s,'method':'%s','params':%s}", id,
                     row->wait[0], row->wait[1]);
}

static void expect_cancelled(Session *session, const char *id) {
        char expected[64];
        const char *reply = fixture_receive_text(session);

        ck_assert_ptr_nonnull(reply);
        snprintf(expected, sizeof(expected), "\"id\":%s", id);
        ck_assert_msg(strstr(reply, "\"errno\":\"ECANCELED\"") && strstr(reply, expected), "%s",
                      reply);
        /* The cancellation is a notification, so it has no reply. */
        ck_assert_ptr_null(fixture_receive_text(session));
}

START_TEST(test_cancel_request) {
        static const char *const ids[] = {"7", "\"seven\"", "-1"};
        const struct Wait *row = &waits[_i % (int)ELEMENTSOF(waits)];
        const char *id = ids[_i / (int)ELEMENTSOF(waits)];
        Fixture f;

        fixture_init(&f, NULL);
        Session *client = fixture_session(&f, 100, 1000, "client");
        Session *other = fixture_session(&f, 200, 1000, "other");
        call(other, row->open);
        if (row->take[0])
                call(other, row->take);
        start_wait(client, row, id);
        ck_assert_ptr_null(fixture_receive_text(client));
        fixture_send(client, "{'jsonrpc':'2.0','method':'$/cancelRequest','params':{'id':%s}}", id);
        expect_cancelled(client, id);
        ck_assert_uint_eq(f.core.n_waits, 0);
        call(other, row->wake);
        ck_assert_ptr_null(fixture_receive_text(client));
        fixture_expect(other, row->look[0], row->look[1], row->look[2]);
        fixture_expect(other, "object.delete", "['o']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* A call that was served before the cancellation arrived keeps its result, and its reply was sent. */
START_TEST(test_cancel_request_comes_too_late) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *client = fixture_session(&f, 100, 1000, "client");
        call(client, waits[0].open);
        start_wait(client, &waits[0], "7");
        fixture_send(client, "{'jsonrpc':'2.0','method':'queue.put','params':['o',1]}");
        fixture_send(client, "{'jsonrpc':'2.0','method':'$/cancelRequest','params':{'id':7}}");
        fixture_expect_reply(client, 7, "1");
        ck_assert_ptr_null(fixture_receive_text(client));
        /* Other notifications of this family, and malformed ones, get no reply. */
        fixture_send(client, "{'jsonrpc':'2.0','method':'$/cancelRequest','params':{'id':8}}");
        fixture_send(client, "{'jsonrpc':'2.0','method':'$/cancelRequest'}");
        fixture_send(client, "{'jsonrpc':'2.0','method':'$/setTrace','params':{'value':'off'}}");
        ck_assert_ptr_null(fixture_receive_text(client));
        fixture_expect(client, "$/cancelRequest", "{'id':8}", "!ENOENT");
        fixture_expect(client, "$/other", "{}", "!ENOSYS");
        fixture_expect(client, "object.delete", "['o']", "null");
        fixture_expect_clean(&f);
        fixture_deinit(&f);
}
END_TEST

/* ---- HTTP */

static const char *const http[] = {
        "POST / HTTP/1.1\r", "GET /x?y=z HTTP/1.0\r",  "GET /x",
        "PRI * HTTP/2.0\r",  "anything /x HTTP/1.1\r", "x!#$%&'*+-.^_`|~1 / HTTP/1.1",
        "Host: localhost\r", "Content-Length: 90\r",   "content-type:application/json",
};

static const char put[] = "{'jsonrpc':'2.0','id':1,'method':'list.append','params':['o',1]}";

static void expect_untouched(Fixture *f) {
        Session *owner = fixture_session(f, 300, 1000, "owner");

        fixture_expect(owner, "list.length", "['o']", "0");
}

/* Makes a list that every user may write, and a session that sends HTTP. */
static Session *begin_http(Fixture *f) {
        fixture_init(f, NULL);
        Session *owner = fixture_session(f, 200, 1000, "owner");
        json_object_put(
                fixture_call(owner, "list.open", "{'name':'o','create':true,'mode':'0666'}"));
        return fixture_session(f, 100, 1001, "relay");
}

START_TEST(test_http_ends_the_session) {
        Fixture f;
        Session *session = begin_http(&f);

        fixture_send_bytes(session, http[_i], strlen(http[_i]));
        ck_assert(session->is_cut_off);
        ck_assert_ptr_nonnull(strstr(session->cut_off_reason, "HTTP"));
        ck_assert_ptr_null(fixture_receive_text(session));
        expect_untouched(&f);
        fixture_deinit(&f);
}
END_TEST

/* Lines in front of the request (the PROXY protocol, noise, empty lines) do not hide HTTP. */
START_TEST(test_http_behind_something_else) {
        static const char *const before[] = {"", "\r", "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r",
                                             "\x16\x03\x01"};
        Fixture f;
        Session *session = begin_http(&f);

        fixture_send_bytes(session, before[_i], strlen(before[_i]));
        ck_assert(!session->is_cut_off);
        fixture_send_bytes(session, http[0], strlen(http[0]));
        ck_assert(session->is_cut_off);
        expect_untouched(&f);
        fixture_deinit(&f);
}
END_TEST

/* If the request line is longer than a message, the header behind it shows that this is HTTP. */
START_TEST(test_http_with_a_request_line_that_is_too_long) {
        Fixture f;
        Session *session = begin_http(&f);

        core_session_receive_too_long(session);
        ck_assert(!session->is_cut_off);
        fixture_send_bytes(session, "Host: localhost", 15);
        ck_assert(session->is_cut_off);
        expect_untouched(&f);
        fixture_deinit(&f);
}
END_TEST

/* After a line of JSON a request line counts as invalid JSON, and gets that error. */
START_TEST(test_http_is_looked_for_at_the_beginning_alone) {
        Fixture f;
        Session *session = begin_http(&f);

        fixture_send(session, "%s", put);
        fixture_expect_reply(session, 1, "null");
        for (size_t i = 0; i < ELEMENTSOF(http); i++) {
                fixture_send_bytes(session, http[i], strlen(http[i]));
                const char *reply = fixture_receive_text(session);
                ck_assert_msg(reply && strstr(reply, "-32700"), "%s: %s", http[i], reply);
        }
        ck_assert(!session->is_cut_off);
        fixture_deinit(&f);
}
END_TEST

/* For other mistakes the error names the place, and the session continues. */
START_TEST(test_what_is_no_http) {
        static const char *const lines[] = {
                "no JSON",    "server.ping", "{'jsonrpc':'2.0'}",   "postfix / x",
                "true false", "get",         "{\"a\": 1} HTTP/1.1",
        };
        Fixture f;
        Session *session = begin_http(&f);

        for (size_t i = 0; i < ELEMENTSOF(lines); i++) {
                fixture_send_bytes(session, lines[i], strlen(lines[i]));
                ck_assert_msg(!session->is_cut_off, "%s", lines[i]);
                const char *reply = fixture_receive_text(session);
                ck_assert_msg(reply && strstr(reply, "-32700"), "%s: %s", lines[i], reply);
        }
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("foreign");
        TCase *c = tcase_create("foreign");

        tcase_add_loop_test(c, test_cancel_request, 0, 3 * (int)ELEMENTSOF(waits));
        tcase_add_test(c, test_cancel_request_comes_too_late);
        tcase_add_loop_test(c, test_http_ends_the_session, 0, (int)ELEMENTSOF(http));
        tcase_add_loop_test(c, test_http_behind_something_else, 0, 4);
        tcase_add_test(c, test_http_with_a_request_line_that_is_too_long);
        tcase_add_test(c, test_http_is_looked_for_at_the_beginning_alone);
        tcase_add_test(c, test_what_is_no_http);
        suite_add_tcase(suite, c);
        return suite;
}
