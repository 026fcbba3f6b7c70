/* Serving costs steps for the waiters that can continue, not for those that go on waiting: steps
 * are counted, with thousands of waiters. */
#include <stdio.h>
#include <stdlib.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "tap-main.h"

enum {
        N_WAITERS = 8000,
        N_SESSIONS = 8,
        N_NAMES = 64,
        PER_CALL = 4, /* steps of a call that serves nobody */
        PER_WAIT = 9, /* steps of a served wait and its reply, places aside */
        PARAMS_SIZE = 8192,
};

typedef struct Crowd {
        Fixture f;
        Session *owner;
        Session *sessions[N_SESSIONS];
        char params[PARAMS_SIZE];
} Crowd;

static void crowd_init(Crowd *crowd) {
        Limits limits = limits_default;

        *crowd = (Crowd){0};
        /* Higher than the default: the costs hold for any bound. */
        limits.waits_per_uid = 1 << 24;
        fixture_init(&crowd->f, &limits);
        crowd->owner = fixture_session(&crowd->f, 1, 1000, "owner");
        for (int s = 0; s < N_SESSIONS; s++)
                crowd->sessions[s] = fixture_session(&crowd->f, 100 + s, 2000, "crowd");
}

static void crowd_deinit(Crowd *crowd) {
        ck_assert_uint_eq(crowd->f.core.n_waits, 0);
        fixture_deinit(&crowd->f);
}

static void crowd_open(Crowd *crowd, const char *type, int n, const char *more) {
        char method[64];

        snprintf(method, sizeof(method), "%s.open", type);
        for (int i = 0; i < n; i++)
                json_object_put(fixture_call(crowd->owner, method,
                                             "{'name':'%s%d','create':true,'mode':'0666'%s}", type,
                                             i, more));
}

/* Writes a JSON array of n texts, each with its number between `before` and `behind`. */
static void crowd_list(Crowd *crowd, int n, const char *before, const char *after) {
        size_t at = (size_t)snprintf(crowd->params, PARAMS_SIZE, "[[");

        for (int i = 0; i < n; i++) {
                at += (size_t)snprintf(crowd->params + at, PARAMS_SIZE - at, "%s%s%d%s",
                                       i ? "," : "", before, i, after);
        }
        snprintf(crowd->params + at, PARAMS_SIZE - at, "]]");
}

/* All sessions call the method with the params that were written last, and wait. */
static void crowd_wait(Crowd *crowd, const char *method) {
        for (int i = 0; i < N_WAITERS; i++)
                fixture_start(crowd->sessions[i % N_SESSIONS], i, method, crowd->params);
        ck_assert_uint_eq(crowd->f.core.n_waits, N_WAITERS);
}

/* Receives all replies, including the deferred ones, and returns their number. */
static int crowd_receive(Crowd *crowd) {
        int n = 0;

        fixture_work_off(&crowd->f);
        for (int s = 0; s < N_SESSIONS; s++)
                for (struct json_object *reply; (reply = fixture_receive(crowd->sessions[s])); n++)
                        json_object_put(reply);
        return n;
}

static uint64_t steps_of_end(Crowd *crowd) {
        uint64_t before = crowd->f.core.n_steps;

        for (int s = 0; s < N_SESSIONS; s++)
                session_end(crowd->sessions[s]);
        return crowd->f.core.n_steps - before;
}

/* Returns the steps of one call of the owner. */
static uint64_t steps_of(Crowd *crowd, const char *method, const char *params) {
        uint64_t before = crowd->f.core.n_steps;

        json_object_put(fixture_call(crowd->owner, method, "%s", params));
        return crowd->f.core.n_steps - before;
}

/* All waits are linked at the last lock, which nobody touches. */
START_TEST(test_acquire_many) {
        Crowd crowd;

        crowd_init(&crowd);
        /* Without this a session that gets the locks would be in a deadlock with its own other
         * calls. */
        for (int s = 0; s < N_SESSIONS; s++)
                json_object_put(
                        fixture_call(crowd.sessions[s], "session.hello", "{'asynchronous':true}"));
        crowd_open(&crowd, "lock", N_NAMES, "");
        steps_of(&crowd, "lock.acquire", "['lock63']");
        crowd_list(&crowd, N_NAMES, "\"lock", "\"");
        crowd_wait(&crowd, "lock.acquire_many");
        ck_assert_uint_le(steps_of(&crowd, "lock.acquire", "['lock0']"), PER_CALL);
        ck_assert_uint_le(steps_of(&crowd, "lock.release", "['lock0']"), PER_CALL);
        /* One waiter gets all locks; the search looks at no other one. */
        uint64_t n = steps_of(&crowd, "lock.release", "['lock63']");
        ck_assert_int_eq(crowd_receive(&crowd), 1);
        ck_assert_uint_le(n, PER_CALL + 4 * N_NAMES);
        ck_assert_uint_le(steps_of_end(&crowd), (uint64_t)N_WAITERS * (N_NAMES + 4));
        crowd_deinit(&crowd);
}
END_TEST

/* More permits are released than the waiters at the front ask for. */
START_TEST(test_acquire_many_permits) {
        Crowd crowd;

        crowd_init(&crowd);
        crowd_open(&crowd, "semaphore", 2, ",'value':0");
        snprintf(crowd.params, PARAMS_SIZE,
                 "[[{\"name\":\"semaphore0\",\"n\":5},{\"name\":\"semaphore1\",\"n\":5}]]");
        crowd_wait(&crowd, "lock.acquire_many");
        ck_assert_uint_le(steps_of(&crowd, "semaphore.release", "['semaphore0',4]"), PER_CALL);
        ck_assert_uint_le(steps_of(&crowd, "semaphore.acquire", "['semaphore0',4]"), PER_CALL);
        ck_assert_uint_le(steps_of(&crowd, "semaphore.release", "['semaphore1',99]"), PER_CALL);
        steps_of_end(&crowd);
        crowd_deinit(&crowd);
}
END_TEST

START_TEST(test_wait_any) {
        static const char *const ops[] = {">=", "<=", "=="};
        Crowd crowd;

        crowd_init(&crowd);
        crowd_open(&crowd, "counter", N_NAMES, "");
        char after[128];
        snprintf(after, sizeof(after), "\",\"op\":\"%s\",\"value\":%d}", ops[_i],
                 _i == 1 ? -100 : 100);
        crowd_list(&crowd, N_NAMES, "{\"counter\":\"counter", after);
        crowd_wait(&crowd, "object.wait_any");
        ck_assert_uint_le(steps_of(&crowd, "counter.add", "['counter5']"), PER_CALL);
        ck_assert_uint_le(steps_of(&crowd, "counter.add", "['counter5',-7]"), PER_CALL);
        ck_assert_int_eq(crowd_receive(&crowd), 0);
        /* All waiters are served, and each leaves its 64 places. */
        uint64_t n =
                steps_of(&crowd, "counter.set", _i == 1 ? "['counter5',-100]" : "['counter5',100]");
        ck_assert_int_eq(crowd_receive(&crowd), N_WAITERS);
        ck_assert_uint_le(n, (uint64_t)N_WAITERS * (2 * N_NAMES + PER_WAIT));
        steps_of(&crowd, "counter.set", "['counter5',0]");
        crowd_wait(&crowd, "object.wait_any");
        ck_assert_uint_le(steps_of_end(&crowd), (uint64_t)N_WAITERS * (N_NAMES + 4));
        crowd_deinit(&crowd);
}
END_TEST

/* Each waits for a number of its own: a change serves those whose number it reaches. */
START_TEST(test_thresholds) {
        Crowd crowd;

        crowd_init(&crowd);
        crowd_open(&crowd, "counter", 1, "");
        for (int i = 0; i < N_WAITERS; i++) {
                snprintf(crowd.params, PARAMS_SIZE, "[\"counter0\",\">=\",%d]", N_WAITERS - i);
                fixture_start(crowd.sessions[i % N_SESSIONS], i, "counter.wait", crowd.params);
        }
        for (int i = 1; i <= 10; i++) {
                ck_assert_uint_le(steps_of(&crowd, "counter.add", "['counter0']"),
                                  PER_CALL + PER_WAIT);
                ck_assert_int_eq(crowd_receive(&crowd), 1);
        }
        ck_assert_uint_le(steps_of(&crowd, "counter.add", "['counter0',100]"),
                          PER_CALL + 100 * PER_WAIT);
        ck_assert_int_eq(crowd_receive(&crowd), 100);
        ck_assert_uint_le(steps_of_end(&crowd), (uint64_t)N_WAITERS * PER_WAIT);
        crowd_deinit(&crowd);
}
END_TEST

/* When a waiter for a lock that stays taken leaves, watchers of the lock are not tried. */
START_TEST(test_watchers_of_a_lock) {
        Crowd crowd;

        crowd_init(&crowd);
        crowd_open(&crowd, "lock", 1, "");
        steps_of(&crowd, "lock.acquire", "['lock0']");
        snprintf(crowd.params, PARAMS_SIZE, "[[{\"lock\":\"lock0\"}]]");
        crowd_wait(&crowd, "object.wait_any");
        Session *other = fixture_session(&crowd.f, 2, 1000, "other");
        fixture_start(other, 1, "lock.acquire", "[\"lock0\"]");
        uint64_t before = crowd.f.core.n_steps;
        session_end(other);
        ck_assert_uint_le(crowd.f.core.n_steps - before, PER_CALL + PER_WAIT);
        ck_assert_int_eq(crowd_receive(&crowd), 0);
        ck_assert_uint_le(steps_of(&crowd, "lock.release", "['lock0']"),
                          (uint64_t)N_WAITERS * PER_WAIT);
        ck_assert_int_eq(crowd_receive(&crowd), N_WAITERS);
        crowd_deinit(&crowd);
}
END_TEST

/* Asserts the steps of one call that serves all waiters, for each waiter. */
static const struct {
        const char *type, *more, *wait, *params, *act, *act_params;
} acts[] = {
        {"event", "", "event.wait", "[\"event0\"]", "event.set", "['event0']"},
        {"event", "", "object.wait_any", "[[{\"event\":\"event0\"}]]", "event.set", "['event0']"},
        {"semaphore", ",'value':0", "semaphore.acquire", "[\"semaphore0\"]", "semaphore.release",
         "['semaphore0',8000]"},
        {"semaphore", ",'value':0", "lock.acquire_many", "[[\"semaphore0\"]]", "semaphore.release",
         "['semaphore0',8000]"},
        {"barrier", ",'parties':8001", "barrier.wait", "[\"barrier0\"]", "barrier.wait",
         "['barrier0']"},
        {"counter", "", "counter.wait", "[\"counter0\",\">=\",1]", "counter.add", "['counter0']"},
        {"queue", "", "queue.get", "[\"queue0\"]", "queue.close", "['queue0']"},
};

START_TEST(test_acts) {
        Crowd crowd;

        crowd_init(&crowd);
        crowd_open(&crowd, acts[_i].type, 1, acts[_i].more);
        snprintf(crowd.params, PARAMS_SIZE, "%s", acts[_i].params);
        crowd_wait(&crowd, acts[_i].wait);
        ck_assert_uint_le(steps_of(&crowd, acts[_i].act, acts[_i].act_params),
                          (uint64_t)N_WAITERS * PER_WAIT + PER_CALL);
        ck_assert_int_eq(crowd_receive(&crowd), N_WAITERS);
        crowd_deinit(&crowd);
}
END_TEST

/* A waiting call is charged to its user with the memory that it takes (test-accounts-memory.c). */
START_TEST(test_memory_of_a_waiter) {
        static const char *const ids[] = {"17", "\"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""};
        enum { BYTES = 1350, LONG_ID = 160 };
        Crowd crowd;

        crowd_init(&crowd);
        crowd_open(&crowd, "event", 1, "");
        for (size_t i = 0; i < ELEMENTSOF(ids); i++) {
                uint64_t before = crowd.f.core.n_structure_bytes;
                fixture_send(crowd.sessions[0],
                             "{'jsonrpc':'2.0','method':'event.wait','params':['event0'],'id':%s}",
                             ids[i]);
                ck_assert_uint_le(crowd.f.core.n_structure_bytes - before, BYTES + i * LONG_ID);
        }
        ck_assert_uint_eq(crowd.f.core.n_waits, ELEMENTSOF(ids));
        steps_of(&crowd, "event.set", "['event0']");
        ck_assert_int_eq(crowd_receive(&crowd), ELEMENTSOF(ids));
        crowd_deinit(&crowd);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("waits-work");
        TCase *c = tcase_create("waits-work");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_acquire_many);
        tcase_add_test(c, test_acquire_many_permits);
        tcase_add_loop_test(c, test_wait_any, 0, 3);
        tcase_add_test(c, test_thresholds);
        tcase_add_test(c, test_watchers_of_a_lock);
        tcase_add_loop_test(c, test_acts, 0, ELEMENTSOF(acts));
        tcase_add_test(c, test_memory_of_a_waiter);
        suite_add_tcase(suite, c);
        return suite;
}
