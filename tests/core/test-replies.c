/* Deferred replies: each is sent later, with the outcome that was decided when its wait ended. */
#include <stdio.h>
#include <string.h>

#include "account.h"
#include "core/core-fixture.h"
#include "tap-main.h"

enum { N = 8, AT_ONCE = 2, TURN = 10 }; /* waiters, replies, and the steps of two replies */

typedef struct World {
        Fixture f;
        Session *owner;
        Session *sessions[N];
} World;

static World w;

static void world_init(void) {
        w = (World){0};
        fixture_init(&w.f, NULL);
        w.f.core.n_replies_at_once = w.f.core.n_replies_left = AT_ONCE;
        w.owner = fixture_session(&w.f, 1, 1000, "owner");
        for (int i = 0; i < N; i++)
                w.sessions[i] = fixture_session(&w.f, 100 + i, 1000, "waiter");
}

static void all_wait(const char *method, const char *params) {
        for (int i = 0; i < N; i++)
                fixture_start(w.sessions[i], 5, method, params);
        ck_assert_uint_eq(w.f.core.n_waits, N);
}

static void call(Session *session, const char *method, const char *params) {
        json_object_put(fixture_call(session, method, "%s", params));
}

static size_t n_places(void) {
        Account *account;

        ck_assert_int_eq(account_get(&w.f.core, 1000, &account), 0);
        return account->n_places;
}

static void expect_all(int from, const char *expected) {
        for (int i = from; i < N; i++)
                fixture_expect_reply(w.sessions[i], 5, expected);
}

static void world_deinit(void) {
        fixture_work_off(&w.f);
        ck_assert_uint_eq(n_places(), 0);
        fixture_deinit(&w.f);
}

/* Two replies are sent at once. The deferred ones, too, say that the event was set, though it was
 * cleared meanwhile. */
START_TEST(test_in_slices) {
        world_init();
        call(w.owner, "event.open", "{'name':'e','create':true}");
        all_wait("event.wait", "[\"e\"]");
        call(w.owner, "event.set", "['e']");
        ck_assert_uint_eq(w.f.core.n_waits, 0);
        call(w.owner, "event.clear", "['e']");
        fixture_expect_reply(w.sessions[0], 5, "true");
        ck_assert(!fixture_receive_text(w.sessions[N - 1]));
        ck_assert_uint_gt(n_places(), 0);
        for (int i = 0; core_has_leftovers(&w.f.core); i++) {
                ck_assert_int_lt(i, N);
                core_work_off(&w.f.core, TURN);
        }
        expect_all(1, "true");
        world_deinit();
}
END_TEST

/* Later messages to a session follow its deferred replies. */
START_TEST(test_order_in_a_session) {
        world_init();
        call(w.owner, "event.open", "{'name':'e','create':true}");
        for (int i = 0; i < N; i++)
                fixture_start(w.sessions[0], 10 + i, "event.wait", "[\"e\"]");
        call(w.sessions[0], "session.hello", "{'seq':true}");
        call(w.owner, "event.set", "['e']");
        fixture_start(w.sessions[0], 100, "event.is_set", "[\"e\"]");
        int64_t seq = 0;
        for (int i = 0; i <= N; i++) {
                struct json_object *reply = fixture_receive(w.sessions[0]);
                int64_t next = json_object_get_int64(json_object_object_get(reply, "seq"));
                ck_assert_int_eq(json_object_get_int(json_object_object_get(reply, "id")),
                                 i < N ? 10 + i : 100);
                ck_assert_int_gt(next, seq);
                seq = next;
                json_object_put(reply);
        }
        ck_assert(!fixture_receive_text(w.sessions[0]));
        world_deinit();
}
END_TEST

/* The order holds for an error that belongs to no call, and for a batch. */
START_TEST(test_order_before_others) {
        world_init();
        call(w.owner, "event.open", "{'name':'e','create':true}");
        all_wait("event.wait", "[\"e\"]");
        call(w.owner, "event.set", "['e']");
        fixture_send(w.sessions[N - 1], "this is no JSON");
        fixture_expect_reply(w.sessions[N - 1], 5, "true");
        ck_assert(fixture_receive_text(w.sessions[N - 1]));
        fixture_send(w.sessions[N - 2],
                     "[{'jsonrpc':'2.0','method':'event.is_set','params':['e'],'id':6}]");
        fixture_expect_reply(w.sessions[N - 2], 5, "true");
        ck_assert(fixture_receive_text(w.sessions[N - 2]));
        world_deinit();
}
END_TEST

/* A deferred reply survives half-close, cancelling and shutdown; the end of the session drops it. */
START_TEST(test_ends) {
        world_init();
        call(w.owner, "event.open", "{'name':'e','create':true}");
        all_wait("event.wait", "[\"e\"]");
        call(w.owner, "event.set", "['e']");
        fixture_send(w.sessions[N - 1],
                     "{'jsonrpc':'2.0','method':'session.cancel','params':[5],'id':6}");
        fixture_expect_reply(w.sessions[N - 1], 5, "true");
        fixture_expect_reply(w.sessions[N - 1], 6, "!ENOENT");
        session_end(w.sessions[N - 2]);
        core_session_half_close(w.sessions[N - 3]);
        fixture_expect_reply(w.sessions[N - 3], 5, "true");
        fixture_advance_ms(&w.f, 1000);
        core_shutdown(&w.f.core);
        fixture_expect_reply(w.sessions[N - 4], 5, "true");
        world_deinit();
}
END_TEST

/* The errors of waits that end unserved are deferred as well. */
START_TEST(test_deletion) {
        world_init();
        call(w.owner, "event.open", "{'name':'e','create':true}");
        all_wait("event.wait", "[\"e\"]");
        call(w.owner, "object.delete", "['e']");
        ck_assert(!fixture_receive_text(w.sessions[N - 1]));
        call(w.owner, "event.open", "{'name':'e','create':true}");
        fixture_work_off(&w.f);
        expect_all(0, "!EIDRM");
        world_deinit();
}
END_TEST

START_TEST(test_timeouts) {
        world_init();
        call(w.owner, "event.open", "{'name':'e','create':true}");
        all_wait("event.wait", "[\"e\",10]");
        fixture_advance_ms(&w.f, 10);
        ck_assert(!fixture_receive_text(w.sessions[N - 1]));
        /* The event is set too late: the waits have ended. */
        call(w.owner, "event.set", "['e']");
        fixture_work_off(&w.f);
        expect_all(0, "!ETIMEDOUT");
        world_deinit();
}
END_TEST

/* A reader is told that it has the lock before it is told that it lost the lock. */
START_TEST(test_grant_before_loss) {
        world_init();
        call(w.owner, "rwlock.open", "{'name':'r','create':true}");
        call(w.owner, "rwlock.acquire_write", "['r']");
        for (int i = 0; i < N; i++)
                call(w.sessions[i], "session.hello", "{'tell_lost':true}");
        all_wait("rwlock.acquire_read", "[\"r\"]");
        call(w.owner, "rwlock.release", "['r']");
        ck_assert(!fixture_receive_text(w.sessions[N - 1]));
        call(w.owner, "object.delete", "['r']");
        for (int i = 0; i < N; i++) {
                struct json_object *grant = fixture_receive(w.sessions[i]);
                ck_assert(json_object_object_get_ex(grant, "result", NULL));
                json_object_put(grant);
                const char *lost = fixture_receive_text(w.sessions[i]);
                ck_assert(lost && strstr(lost, "\"method\""));
        }
        world_deinit();
}
END_TEST

/* Eight sessions with a thousand waits each: one turn decides all, and no turn writes more than
 * its share. */
START_TEST(test_very_many) {
        enum { MANY = 8000, PER_WAIT = 3, SLICE = 5000, AT_ONCE_OF_ALL = 4096 };
        Limits limits = limits_default;

        limits.waits_per_uid = limits.waits_per_session = 1 << 20;
        w = (World){0};
        fixture_init(&w.f, &limits);
        w.owner = fixture_session(&w.f, 1, 1000, "owner");
        for (int i = 0; i < N; i++)
                w.sessions[i] = fixture_session(&w.f, 100 + i, 1000, "waiter");
        call(w.owner, "event.open", "{'name':'e','create':true}");
        for (int i = 0; i < MANY; i++)
                fixture_start(w.sessions[i % N], i, "event.wait", "[\"e\"]");
        uint64_t before = w.f.core.n_steps;
        call(w.owner, "event.set", "['e']");
        ck_assert_uint_le(w.f.core.n_steps - before, PER_WAIT * MANY + AT_ONCE_OF_ALL + 100);
        ck_assert(core_has_leftovers(&w.f.core));
        while (core_has_leftovers(&w.f.core)) {
                before = w.f.core.n_steps;
                core_work_off(&w.f.core, SLICE);
                ck_assert_uint_le(w.f.core.n_steps - before, SLICE + 100);
        }
        for (int i = 0; i < MANY; i++)
                fixture_expect_reply(w.sessions[i % N], i, "true");
        world_deinit();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("replies");
        TCase *c = tcase_create("replies");

        tcase_add_test(c, test_in_slices);
        tcase_add_test(c, test_order_in_a_session);
        tcase_add_test(c, test_order_before_others);
        tcase_add_test(c, test_ends);
        tcase_add_test(c, test_deletion);
        tcase_add_test(c, test_timeouts);
        tcase_add_test(c, test_grant_before_loss);
        tcase_add_test(c, test_very_many);
        suite_add_tcase(suite, c);
        return suite;
}
