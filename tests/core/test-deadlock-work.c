/* The search for deadlocks costs steps in proportion to what it meets: sessions, waits, places and holds. In each shape
 * a plain search would walk something once for each of the others. */
#include <stdarg.h>
#include <stdio.h>

#include "base/macros.h"
#include "core/core-fixture.h"
#include "tap-main.h"

enum { MANY = 10000, PER_ITEM = 4, LINKS_SHOWN = 100 };

typedef struct Crowd {
        Fixture f;
        Session *owner; /* opens the objects, and runs */
        Session *closer;
        Session *sessions[MANY], *others[MANY];
} Crowd;

static Crowd crowd;

static Session *begin(int pid) {
        return fixture_session(&crowd.f, pid, 0, "one");
}

static void crowd_init(int n, int n_others) {
        Limits limits = limits_default;

        limits.sessions = limits.waits_per_session = limits.holds_per_session = 1 << 20;
        limits.objects_per_uid = limits.handles_per_session = 1 << 20;
        crowd = (Crowd){0};
        fixture_init(&crowd.f, &limits);
        crowd.owner = begin(1);
        crowd.closer = begin(2);
        for (int i = 0; i < n; i++)
                crowd.sessions[i] = begin(100 + i);
        for (int i = 0; i < n_others; i++)
                crowd.others[i] = begin(100 + MANY + i);
}

static void crowd_deinit(void) {
        fixture_deinit(&crowd.f);
}

static __attribute__((format(printf, 3, 4))) void take(Session *session, const char *method,
                                                       const char *format, ...) {
        char params[256];
        va_list args;

        va_start(args, format);
        vsnprintf(params, sizeof(params), format, args);
        va_end(args);
        json_object_put(fixture_call(session, method, "%s", params));
}

/* The call waits, and is refused neither as a deadlock nor for another reason. */
static __attribute__((format(printf, 4, 5))) void wait_for(Session *session, int id,
                                                           const char *method, const char *format,
                                                           ...) {
        char params[256];
        va_list args;

        va_start(args, format);
        vsnprintf(params, sizeof(params), format, args);
        va_end(args);
        fixture_start(session, id, method, params);
        ck_assert(!fixture_receive_text(session));
}

static void open_many(const char *type, const char *name, int n, const char *more) {
        char method[64];

        snprintf(method, sizeof(method), "%s.open", type);
        for (int i = 0; i < n; i++)
                take(crowd.owner, method, "{'name':'%s%d','create':true%s}", name, i, more);
}

/* Makes one more call, by the session that holds the lock `closer`, asserts its outcome, and that it costs no more than
 * PER_ITEM steps for each of n items. */
static void close_it(const char *method, const char *params, const char *expected, uint64_t n) {
        uint64_t before = crowd.f.core.n_steps;

        fixture_start(crowd.closer, 7, method, params);
        n = n * PER_ITEM;
        ck_assert_msg(crowd.f.core.n_steps - before <= n, "%llu steps, not %llu",
                      (unsigned long long)(crowd.f.core.n_steps - before), (unsigned long long)n);
        fixture_expect_reply(crowd.closer, 7, expected);
}

static void crowd_open_closer(void) {
        open_many("lock", "closer", 1, "");
        take(crowd.closer, "lock.acquire", "['closer0']");
}

/* Each reader waits for a lock of the reader before, and the first one for a lock that becomes free soon: the search
 * finds them able to continue one by one, and looks at the rwlock each time. */
START_TEST(test_readers_that_are_freed_one_by_one) {
        crowd_init(MANY, 0);
        crowd_open_closer();
        open_many("rwlock", "shared", 1, "");
        open_many("lock", "l", MANY, "");
        for (int i = 0; i < MANY; i++) {
                take(crowd.sessions[i], "rwlock.acquire_read", "['shared0']");
                take(crowd.sessions[i], "lock.acquire", "['l%d']", i);
        }
        open_many("lock", "busy", 1, "");
        take(crowd.owner, "lock.acquire", "['busy0']");
        /* The owner waits, too, but for an event, which anyone may set. */
        for (int i = MANY - 1; i > 0; i--)
                wait_for(crowd.sessions[i], 1, "lock.acquire", "['l%d']", i - 1);
        wait_for(crowd.sessions[0], 1, "lock.acquire", "['busy0']");
        close_it("rwlock.acquire_write", "['shared0']", "?", 5 * MANY);
        /* Only the last wait is missing to close the cycle over all. */
        fixture_start(crowd.owner, 9, "lock.acquire", "['closer0']");
        struct json_object *reply = fixture_receive(crowd.owner);
        struct json_object *data =
                json_object_object_get(json_object_object_get(reply, "error"), "data");
        ck_assert_str_eq(json_object_get_string(json_object_object_get(data, "errno")), "EDEADLK");
        json_object_put(reply);
        crowd_deinit();
}
END_TEST

/* All sessions read one rwlock and wait for a lock whose owner closes the cycle. */
START_TEST(test_readers_of_one) {
        crowd_init(MANY, 0);
        crowd_open_closer();
        open_many("rwlock", "shared", 1, "");
        for (int i = 0; i < MANY; i++)
                take(crowd.sessions[i], "rwlock.acquire_read", "['shared0']");
        for (int i = 0; i < MANY; i++)
                wait_for(crowd.sessions[i], 1, "lock.acquire", "['closer0']");
        close_it("rwlock.acquire_write", "['shared0']", "!EDEADLK", 3 * MANY);
        close_it("rwlock.acquire_write", "['shared0',100]", "!EDEADLK", 3 * MANY);
        take(crowd.closer, "lock.release", "['closer0']");
        crowd_deinit();
}
END_TEST

/* The readers of two rwlocks wait to write the other one: as many waiters as holders, and the search meets the cycle
 * last. */
START_TEST(test_readers_of_two) {
        crowd_init(MANY, MANY);
        crowd_open_closer();
        open_many("rwlock", "shared", 2, "");
        for (int i = 0; i < MANY; i++) {
                take(crowd.sessions[i], "rwlock.acquire_read", "['shared0']");
                take(crowd.others[i], "rwlock.acquire_read", "['shared1']");
        }
        take(crowd.owner, "rwlock.acquire_read", "['shared1']");
        for (int i = 0; i < MANY; i++)
                wait_for(crowd.sessions[i], 1, "rwlock.acquire_write", "['shared1']");
        for (int i = 0; i < MANY; i++)
                wait_for(crowd.others[i], 1, "lock.acquire", "['closer0']");
        take(crowd.owner, "rwlock.release", "['shared1']");
        close_it("rwlock.acquire_write", "['shared0']", "!EDEADLK", 8 * MANY);
        crowd_deinit();
}
END_TEST

/* Sessions in a ring, each with many waits, all for what the next session holds. */
START_TEST(test_many_waits_of_each) {
        enum { SESSIONS = 100, WAITS = 100 };
        crowd_init(SESSIONS, 0);
        crowd_open_closer();
        open_many("lock", "l", SESSIONS * WAITS, "");
        for (int i = 0; i < SESSIONS; i++)
                for (int k = 0; k < WAITS; k++)
                        take(crowd.sessions[i], "lock.acquire", "['l%d']", i * WAITS + k);
        for (int i = SESSIONS - 2; i >= 0; i--)
                for (int k = 0; k < WAITS; k++)
                        wait_for(crowd.sessions[i], k, "lock.acquire", "['l%d']",
                                 (i + 1) * WAITS + k);
        for (int k = 0; k < WAITS; k++)
                wait_for(crowd.sessions[SESSIONS - 1], k, "lock.acquire", "['closer0']");
        close_it("lock.acquire", "['l0']", "!EDEADLK", 3 * SESSIONS * WAITS);
        crowd_deinit();
}
END_TEST

/* Watchers, which keep no turn, stand in front of the writers: the search passes them again for each reader that it
 * finds able to continue. */
START_TEST(test_watchers_in_front) {
        enum { READERS = MANY / 2 };
        crowd_init(READERS, READERS);
        crowd_open_closer();
        open_many("rwlock", "shared", 2, "");
        open_many("lock", "l", READERS, "");
        for (int i = 0; i < READERS; i++) {
                take(crowd.sessions[i], "rwlock.acquire_read", "['shared0']");
                take(crowd.sessions[i], "lock.acquire", "['l%d']", i);
        }
        take(crowd.owner, "rwlock.acquire_read", "['shared1']");
        for (int i = 0; i < READERS; i++) {
                take(crowd.others[i], "rwlock.acquire_read", "['shared1']");
                wait_for(crowd.others[i], 1, "object.wait_any",
                         "[[{\"rwlock\":\"shared0\"},{\"rwlock\":\"shared1\"}]]");
        }
        open_many("lock", "busy", 1, "");
        take(crowd.owner, "lock.acquire", "['busy0']");
        for (int i = READERS - 1; i > 0; i--)
                wait_for(crowd.sessions[i], 1, "lock.acquire", "['l%d']", i - 1);
        wait_for(crowd.sessions[0], 1, "lock.acquire", "['busy0']");
        open_many("event", "e", 1, "");
        close_it("lock.acquire_many", "[['shared0','shared1']]", "?", 12 * READERS);
        crowd_deinit();
}
END_TEST

/* The search gives permits back one by one, and the waiters for several objects ask for 1, 2, 3 of them and so on. */
START_TEST(test_permits) {
        enum { N = 3000 };
        crowd_init(N, N);
        crowd_open_closer();
        char more[64];
        snprintf(more, sizeof(more), ",'value':%d,'owned':true", N);
        open_many("semaphore", "s", 1, more);
        open_many("lock", "l", N + 1, "");
        for (int i = 0; i < N; i++) {
                take(crowd.sessions[i], "semaphore.acquire", "['s0']");
                take(crowd.others[i], "lock.acquire", "['l%d']", i + 1);
        }
        take(crowd.owner, "lock.acquire", "['l0']");
        /* Waiter i gets its i permits when the sessions up to i have released theirs, and then session i + 1 can
         * continue. */
        for (int i = N - 1; i >= 0; i--)
                wait_for(crowd.others[i], 1, "lock.acquire_many",
                         "[[{\"name\":\"s0\",\"n\":%d},{\"name\":\"l0\"}]]",
                         /* not in their order */ i + 1);
        for (int i = N - 1; i >= 0; i--)
                wait_for(crowd.sessions[i], 1, "lock.acquire", "['l%d']", i);
        char params[64];
        snprintf(params, sizeof(params), "['s0',%d]", N);
        close_it("semaphore.acquire", params, "?", 12 * N);
        crowd_deinit();
}
END_TEST

/* The error reports a long cycle cut off, with its length. */
START_TEST(test_long_cycle) {
        crowd_init(MANY, 0);
        crowd_open_closer();
        open_many("lock", "l", MANY, "");
        for (int i = 0; i < MANY; i++)
                take(crowd.sessions[i], "lock.acquire", "['l%d']", i);
        for (int i = MANY - 1; i > 0; i--)
                wait_for(crowd.sessions[i], 1, "lock.acquire", "['l%d']", i - 1);
        wait_for(crowd.sessions[0], 1, "lock.acquire", "['closer0']");
        uint64_t before = crowd.f.core.n_steps;
        char params[64];
        snprintf(params, sizeof(params), "[\"l%d\"]", MANY - 1);
        fixture_start(crowd.closer, 7, "lock.acquire", params);
        ck_assert_uint_le(crowd.f.core.n_steps - before, 4 * PER_ITEM * (uint64_t)MANY);
        struct json_object *reply = fixture_receive(crowd.closer), *cycle, *length;
        struct json_object *data =
                json_object_object_get(json_object_object_get(reply, "error"), "data");
        ck_assert(json_object_object_get_ex(data, "cycle", &cycle));
        ck_assert(json_object_object_get_ex(data, "cycle_length", &length));
        ck_assert_uint_eq(json_object_array_length(cycle), LINKS_SHOWN);
        ck_assert_int_eq(json_object_get_int(length), MANY + 1);
        json_object_put(reply);
        crowd_deinit();
}
END_TEST

/* One release lets all sessions read, and each is then in a cycle with the session whose lock it waits for: these cycles
 * are ended in slices, and none is left. */
START_TEST(test_very_many_cycles_closed_by_one_grant) {
        enum {
                N = 1000,
                SLICE = 5000,
                SERVED = 5 /* the serving itself, its unlinking, and two waits that are noted */
        };
        crowd_init(N, 0);
        open_many("rwlock", "shared", 2, "");
        open_many("lock", "l", 1, "");
        take(crowd.owner, "rwlock.acquire_write", "['shared0']");
        take(crowd.closer, "lock.acquire", "['l0']");
        for (int i = 0; i < N; i++)
                take(crowd.sessions[i], "rwlock.acquire_read", "['shared1']");
        wait_for(crowd.closer, 1, "rwlock.acquire_write", "['shared1']");
        for (int i = 0; i < N; i++) {
                wait_for(crowd.sessions[i], 1, "rwlock.acquire_read", "['shared0']");
                wait_for(crowd.sessions[i], 2, "lock.acquire", "['l0']");
        }
        uint64_t before = crowd.f.core.n_steps;
        take(crowd.owner, "rwlock.release", "['shared0']");
        /* The allowance, part of which the replies use that are not deferred; the serving; and one search. */
        ck_assert_uint_le(crowd.f.core.n_steps - before, 4096 + N * SERVED + 3 * N * PER_ITEM);
        ck_assert(core_has_leftovers(&crowd.f.core));
        while (core_has_leftovers(&crowd.f.core)) {
                before = crowd.f.core.n_steps;
                core_work_off(&crowd.f.core, SLICE);
                ck_assert_uint_le(crowd.f.core.n_steps - before, 2 * SLICE + 3 * N * PER_ITEM);
        }
        for (int i = 0; i < N; i++) {
                json_object_put(fixture_receive(crowd.sessions[i]));
                fixture_expect_reply(crowd.sessions[i], 2, "!EDEADLK");
                ck_assert(!fixture_receive_text(crowd.sessions[i]));
        }
        ck_assert(!fixture_receive_text(crowd.closer));
        ck_assert_uint_eq(crowd.f.core.stats.n_deadlocks, N);
        crowd_deinit();
}
END_TEST

/* The reply to the granted call uses up a small allowance; still the cycle is ended before the input is done. */
START_TEST(test_cycle_closed_without_allowance) {
        crowd_init(1, 0);
        Session *reader = crowd.sessions[0];
        open_many("rwlock", "shared", 2, "");
        open_many("lock", "l", 1, "");
        take(crowd.owner, "rwlock.acquire_write", "['shared0']");
        take(crowd.closer, "lock.acquire", "['l0']");
        take(reader, "rwlock.acquire_read", "['shared1']");
        wait_for(crowd.closer, 1, "rwlock.acquire_write", "['shared1']");
        wait_for(reader, 1, "rwlock.acquire_read", "['shared0']");
        wait_for(reader, 2, "lock.acquire", "['l0']");
        crowd.f.core.n_at_once = crowd.f.core.n_allowed = 1;
        take(crowd.owner, "rwlock.release", "['shared0']");
        json_object_put(fixture_receive(reader));
        fixture_expect_reply(reader, 2, "!EDEADLK");
        ck_assert_uint_eq(crowd.f.core.stats.n_deadlocks, 1);
        crowd_deinit();
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("deadlock-work");
        TCase *c = tcase_create("deadlock-work");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_readers_that_are_freed_one_by_one);
        tcase_add_test(c, test_readers_of_one);
        tcase_add_test(c, test_readers_of_two);
        tcase_add_test(c, test_many_waits_of_each);
        tcase_add_test(c, test_watchers_in_front);
        tcase_add_test(c, test_permits);
        tcase_add_test(c, test_long_cycle);
        tcase_add_test(c, test_very_many_cycles_closed_by_one_grant);
        tcase_add_test(c, test_cycle_closed_without_allowance);
        suite_add_tcase(suite, c);
        return suite;
}
