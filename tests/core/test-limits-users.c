/* Bounds on all sessions of a user together: N is allowed, N + 1 is refused, and neither other users nor root
 * notice. And the memory that the arguments of a waiting call take. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "core/core-fixture.h"
#include "expect.h"
#include "tap-main.h"

typedef struct Run {
        Fixture f;
        Session *a, *b, *other, *root; /* a and b are of one user */
} Run;

static void run_init(Run *r, const Limits *limits) {
        fixture_init(&r->f, limits);
        r->a = fixture_session(&r->f, 100, 1000, "alpha");
        r->b = fixture_session(&r->f, 200, 1000, "beta");
        r->other = fixture_session(&r->f, 300, 2000, "other");
        r->root = fixture_session(&r->f, 1, 0, "root");
}

static void open_all(Session *session, const char *type, const char *names) {
        char method[32];

        snprintf(method, sizeof(method), "%s.open", type);
        for (; *names; names++)
                json_object_put(fixture_call(session, method,
                                             "{'name':'%c','create':true,'mode':'0666'}", *names));
}

static void run_deinit(Run *r, const char *names) {
        for (; *names; names++)
                json_object_put(fixture_call(r->root, "object.delete", "['%c']", *names));
        fixture_expect_clean(&r->f);
        fixture_deinit(&r->f);
}

static const char *open_error(Session *session, char name) {
        return fixture_call_error(session, "lock.open", "['%c']", name);
}

static void wait_for_any(Session *session, int id, const char *names) {
        char params[256] = "[[";
        size_t n = 2;

        for (const char *at = names; *at; at++)
                n += (size_t)snprintf(params + n, sizeof(params) - n, "%s{'event':'%c'}",
                                      at == names ? "" : ",", *at);
        snprintf(params + n, sizeof(params) - n, "]]");
        fixture_start(session, id, "object.wait_any", params);
}

/* A call that waits for several objects counts once for each and twice more, which bounds the work of ending it,
 * too. */
START_TEST(test_places) {
        Limits limits = limits_default;
        Run r;

        limits.waits_per_uid = 9;
        run_init(&r, &limits);
        open_all(r.root, "event", "klm");
        wait_for_any(r.a, 1, "klm");
        ck_assert_str_eq(fixture_call_error(r.b, "object.wait_any",
                                            "[[{'event':'k'},{'event':'l'},{'event':'m'}]]"),
                         "EDQUOT");
        wait_for_any(r.b, 2, "kl");
        ck_assert_str_eq(fixture_call_error(r.b, "event.wait", "['m']"), "EDQUOT");
        wait_for_any(r.other, 3, "klm");
        wait_for_any(r.root, 4, "klm");
        wait_for_any(r.root, 5, "klm");
        json_object_put(fixture_call(r.root, "event.set", "['k']"));
        ck_assert_uint_eq(r.a->account->n_places, 0);
        wait_for_any(r.a, 6, "lm");
        ck_assert_uint_eq(r.a->account->n_places, 4);
        run_deinit(&r, "klm");
}
END_TEST

START_TEST(test_handles) {
        Limits limits = limits_default;
        Run r;

        limits.handles_per_uid = 3;
        run_init(&r, &limits);
        open_all(r.root, "lock", "klmn");
        open_all(r.a, "lock", "kl");
        open_all(r.b, "lock", "k");
        ck_assert_str_eq(open_error(r.b, 'l'), "EDQUOT");
        ck_assert_str_eq(open_error(r.a, 'm'), "EDQUOT");
        /* Opening an object that the session has open adds no handle. */
        open_all(r.a, "lock", "kl");
        open_all(r.other, "lock", "klm");
        session_end(r.a);
        open_all(r.b, "lock", "lm");
        ck_assert_str_eq(open_error(r.b, 'n'), "EDQUOT");
        json_object_put(fixture_call(r.root, "object.delete", "['k']"));
        open_all(r.b, "lock", "n");
        ck_assert_uint_eq(r.b->account->n_handles, 3);
        run_deinit(&r, "lmn");
}
END_TEST

static void acquire_all(Session *session, const char *names) {
        for (; *names; names++)
                json_object_put(fixture_call(session, "lock.acquire", "['%c']", *names));
}

START_TEST(test_holds) {
        Limits limits = limits_default;
        Run r;

        limits.holds_per_uid = 3;
        run_init(&r, &limits);
        open_all(r.root, "lock", "klmnopq");
        acquire_all(r.a, "kl");
        acquire_all(r.b, "m");
        fixture_expect(r.b, "lock.acquire", "['n']", "!EDQUOT");
        fixture_expect(r.a, "lock.acquire", "['n']", "!EDQUOT");
        fixture_expect(r.root, "lock.locked", "['n']", "false");
        acquire_all(r.other, "n");
        acquire_all(r.root, "opq");
        fixture_expect(r.a, "lock.release", "['k']", "null");
        acquire_all(r.b, "k");
        session_end(r.a);
        acquire_all(r.b, "l");
        ck_assert_uint_eq(r.b->account->n_holds, 3);
        json_object_put(fixture_call(r.root, "object.delete", "['k']"));
        ck_assert_uint_eq(r.b->account->n_holds, 2);
        run_deinit(&r, "lmnopq");
}
END_TEST

/* When users have all other sessions, root can still connect. */
START_TEST(test_sessions_of_root) {
        Limits limits = limits_default;
        const Peer peer = {.pid = 9, .uid = 3000}, root = {.pid = 1};
        Session *none = NULL, *more[16];
        Run r;

        limits.sessions = 16;
        limits.sessions_of_root = 3; /* an eighth of 16, 2, at most */
        run_init(&r, &limits);
        for (int i = 4; i < 14; i++)
                ck_assert_int_eq(session_new(&r.f.core, &peer, &more[i]), 0);
        ck_assert_int_eq(session_new(&r.f.core, &peer, &none), -EDQUOT);
        ck_assert_int_eq(session_new(&r.f.core, &root, &more[14]), 0);
        ck_assert_int_eq(session_new(&r.f.core, &root, &more[15]), 0);
        ck_assert_int_eq(session_new(&r.f.core, &root, &none), -EDQUOT);
        session_end(more[4]);
        ck_assert_int_eq(session_new(&r.f.core, &peer, &none), -EDQUOT);
        ck_assert_ptr_null(none);
        r.f.core.limits.sessions_of_root = 1;
        session_end(more[5]);
        ck_assert_int_eq(session_new(&r.f.core, &peer, &more[4]), 0);
        run_deinit(&r, "");
}
END_TEST

static void put_large(Session *session, int id, size_t n) {
        char *value = malloc(n + 1);

        memset(value, 'x', n);
        value[n] = '\0';
        fixture_send(session, "{'jsonrpc':'2.0','id':%d,'method':'queue.put','params':['q','%s']}",
                     id, value);
        free(value);
}

/* The value that a waiting call is to put is charged to the user who calls. */
START_TEST(test_arguments_of_waits) {
        enum { N = 50000 };
        Limits limits = limits_default;
        Run r;

        limits.bytes_per_uid = 3 * N;
        run_init(&r, &limits);
        json_object_put(fixture_call(r.root, "queue.open",
                                     "{'name':'q','create':true,'maxsize':1,'mode':'0666',"
                                     "'max_bytes':1000000}"));
        fixture_expect(r.root, "queue.put", "['q',0]", "null");
        uint64_t before = r.f.core.n_bytes;
        put_large(r.a, 1, N);
        put_large(r.b, 2, N);
        ck_assert_uint_gt(r.a->account->n_bytes, 2 * N);
        put_large(r.a, 3, N);
        fixture_expect_reply(r.a, 3, "!EDQUOT");
        fixture_expect_reply(r.b, 0, "?");
        put_large(r.other, 1, N);
        fixture_expect_reply(r.other, 0, "?");
        /* A user without room can still make waiting calls that need none. */
        fixture_start(r.a, 4, "queue.join", "['q']");
        fixture_expect_reply(r.a, 0, "?");
        fixture_start(r.a, 5, "session.cancel", "[4]");
        fixture_expect_reply(r.a, 4, "!ECANCELED");
        fixture_expect_reply(r.a, 5, "true");
        /* A call that was served, cancelled, or whose session ended no longer counts; a value that was put is
         * charged to the owner. */
        json_object_put(fixture_call(r.root, "queue.get", "['q']"));
        fixture_expect_reply(r.a, 1, "null");
        ck_assert_uint_lt(r.a->account->n_bytes, 2 * N);
        ck_assert_uint_gt(r.root->account->n_bytes, N);
        fixture_start(r.b, 5, "session.cancel", "[2]");
        fixture_expect_reply(r.b, 2, "!ECANCELED");
        fixture_expect_reply(r.b, 5, "true");
        ck_assert_uint_eq(r.a->account->n_bytes, 0);
        session_end(r.other);
        json_object_put(fixture_call(r.root, "queue.get", "['q']"));
        ck_assert_uint_lt(r.f.core.n_bytes, before);
        run_deinit(&r, "q");
}
END_TEST

/* When the turn comes, a value for which there was room once is stored, and is not charged twice. */
START_TEST(test_arguments_do_not_count_twice) {
        enum { N = 50000 };
        Limits limits = limits_default;
        Run r;

        limits.bytes_per_uid = N + N / 2;
        run_init(&r, &limits);
        json_object_put(fixture_call(r.a, "queue.open", "{'name':'q','create':true,'maxsize':1}"));
        fixture_expect(r.a, "queue.put", "['q',0]", "null");
        put_large(r.b, 1, N);
        fixture_expect_reply(r.b, 0, "?");
        fixture_expect(r.a, "queue.get", "['q']", "0");
        fixture_expect_reply(r.b, 1, "null");
        run_deinit(&r, "q");
}
END_TEST

START_TEST(test_buffers) {
        Limits limits = limits_default;
        Run r;

        limits.buffer_bytes_per_uid = 1000;
        limits.buffer_bytes = 2500;
        run_init(&r, &limits);
        Core *core = &r.f.core;
        ck_assert_int_eq(account_change_buffers(core, r.a->account, 0, 1000), 0);
        ck_assert_int_eq(account_change_buffers(core, r.a->account, 1000, 1001), -EDQUOT);
        ck_assert_int_eq(account_change_buffers(core, r.a->account, 1001, 1001), 0);
        ck_assert_int_eq(account_change_buffers(core, r.root->account, 0, 1499), 0);
        ck_assert_int_eq(account_change_buffers(core, r.other->account, 0, 1), -EDQUOT);
        ck_assert_int_eq(account_change_buffers(core, r.other->account, 1, 0), 0);
        ck_assert_int_eq(account_change_buffers(core, r.a->account, 1001, 0), 0);
        ck_assert_int_eq(account_change_buffers(core, r.other->account, 0, 1000), 0);
        ck_assert_uint_eq(core->n_buffer_bytes, 2499);
        run_deinit(&r, "");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("limits-users");
        TCase *c = tcase_create("limits");

        tcase_add_test(c, test_handles);
        tcase_add_test(c, test_places);
        tcase_add_test(c, test_holds);
        tcase_add_test(c, test_sessions_of_root);
        tcase_add_test(c, test_arguments_of_waits);
        tcase_add_test(c, test_arguments_do_not_count_twice);
        tcase_add_test(c, test_buffers);
        suite_add_tcase(suite, c);
        return suite;
}
