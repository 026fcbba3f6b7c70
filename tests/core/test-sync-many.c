/* Locks and other types with thousands of sessions: order, no starvation, nothing left afterwards. */
#include <stdio.h>
#include <string.h>

#include "core/core-fixture.h"
#include "expect.h"
#include "tap-main.h"
#include "wait/owner.h"
#include "wait/serve.h"
#include "wait/wait.h"

enum { MANY = 2000 };

static Session *sessions[MANY];

static void begin(Fixture *f, const char *method, const char *params) {
        Limits limits = limits_default;

        fixture_init(f, &limits);
        for (int i = 0; i < MANY; i++)
                sessions[i] = fixture_session(f, 1000 + i, 0, "one");
        json_object_put(fixture_call(sessions[0], method, "%s", params));
}

static void end(Fixture *f) {
        ck_assert_uint_eq(f->core.n_waits, 0);
        fixture_deinit(f);
}

START_TEST(test_depth_has_an_end) {
        Fixture f;

        begin(&f, "rlock.open", "{\"name\":\"r\",\"create\":true}");
        for (int i = 0; i < OWNER_DEPTH_MAX; i++) {
                fixture_start(sessions[0], 1, "rlock.acquire", "['r']");
                EXPECT(strstr(fixture_receive_text(sessions[0]), "\"token\":1"));
        }
        fixture_expect(sessions[0], "rlock.acquire", "['r']", "!EOVERFLOW");
        for (int i = 0; i < OWNER_DEPTH_MAX; i++)
                fixture_start(sessions[0], 1, "rlock.release", "['r']");
        buffer_consume(&sessions[0]->output, buffer_size(&sessions[0]->output));
        fixture_expect(sessions[1], "rlock.acquire", "['r',0]", "{'token':2}");
        end(&f);
}
END_TEST

START_TEST(test_notify_all_wakes_each_in_order) {
        Fixture f;

        begin(&f, "condition.open", "{\"name\":\"c\",\"create\":true}");
        for (int i = 1; i < MANY; i++) {
                json_object_put(fixture_call(sessions[i], "condition.acquire", "[\"c\"]"));
                fixture_start(sessions[i], 5, "condition.wait", "['c',1000]");
        }
        json_object_put(fixture_call(sessions[0], "condition.acquire", "[\"c\"]"));
        fixture_expect(sessions[0], "condition.notify_all", "['c']", "null");
        fixture_advance_ms(&f, 1000);
        fixture_expect(sessions[0], "condition.release", "['c']", "null");
        for (int i = 1; i < MANY; i++) {
                fixture_expect_reply(sessions[i], 5, "true");
                if (i + 1 < MANY)
                        fixture_expect_reply(sessions[i + 1], 5, "?");
                fixture_expect(sessions[i], "condition.release", "['c']", "null");
        }
        end(&f);
}
END_TEST

START_TEST(test_all_time_out_at_once) {
        Fixture f;

        begin(&f, "condition.open", "{\"name\":\"c\",\"create\":true}");
        for (int i = 1; i < MANY; i++) {
                json_object_put(fixture_call(sessions[i], "condition.acquire", "[\"c\"]"));
                fixture_start(sessions[i], 5, "condition.wait", "['c',1000]");
        }
        fixture_advance_ms(&f, 1000);
        for (int i = 1; i < MANY; i++) {
                fixture_expect_reply(sessions[i], 5, "!ETIMEDOUT");
                fixture_expect(sessions[i], "condition.release", "['c']", "null");
        }
        end(&f);
}
END_TEST

/* New readers arrive all the time; the writer gets its turn after the readers that were there before
 * it. */
START_TEST(test_flood_of_readers_does_not_starve_a_writer) {
        Fixture f;
        enum { BEFORE = 100, WRITER = 100 };

        begin(&f, "rwlock.open", "{\"name\":\"w\",\"create\":true}");
        for (int i = 0; i < BEFORE; i++)
                json_object_put(fixture_call(sessions[i], "rwlock.acquire_read", "[\"w\"]"));
        fixture_start(sessions[WRITER], 5, "rwlock.acquire_write", "['w']");
        for (int i = WRITER + 1; i < MANY; i++)
                fixture_start(sessions[i], 5, "rwlock.acquire_read", "['w']");
        for (int i = 0; i < BEFORE; i++) {
                fixture_expect_reply(sessions[WRITER], 5, "?");
                fixture_expect(sessions[i], "rwlock.release", "['w']", "null");
        }
        json_object_put(fixture_receive(sessions[WRITER]));
        fixture_expect_reply(sessions[MANY - 1], 5, "?");
        fixture_expect(sessions[WRITER], "rwlock.release", "['w']", "null");
        for (int i = WRITER + 1; i < MANY; i++)
                json_object_put(fixture_receive(sessions[i]));
        end(&f);
}
END_TEST

START_TEST(test_flood_of_small_ones_does_not_starve_a_large_one) {
        Fixture f;

        begin(&f, "semaphore.open", "{\"name\":\"s\",\"create\":true,\"value\":3,\"owned\":true}");
        for (int i = 0; i < 3; i++)
                json_object_put(fixture_call(sessions[i], "semaphore.acquire", "[\"s\"]"));
        fixture_start(sessions[3], 5, "semaphore.acquire", "['s',3]");
        for (int i = 4; i < MANY; i++)
                fixture_start(sessions[i], 5, "semaphore.acquire", "['s']");
        for (int i = 0; i < 3; i++)
                session_end(sessions[i]);
        fixture_expect_reply(sessions[3], 5, "null");
        fixture_expect_reply(sessions[4], 5, "?");
        for (int i = 3; i < MANY; i++)
                session_end(sessions[i]);
        end(&f);
}
END_TEST

START_TEST(test_great_barrier) {
        Fixture f;

        begin(&f, "barrier.open", "{\"name\":\"b\",\"create\":true,\"parties\":2000}");
        for (int round = 0; round < 2; round++) {
                for (int i = 0; i < MANY; i++)
                        fixture_start(sessions[i], 5, "barrier.wait", "['b']");
                fixture_work_off(&f);
                for (int i = 0; i < MANY; i++) {
                        char index[16];
                        snprintf(index, sizeof(index), "%d", i);
                        fixture_expect_reply(sessions[i], 5, index);
                }
        }
        end(&f);
}
END_TEST

/* All sessions want two locks, and each of them gets both; a waiter is tried only when it could have both. */
START_TEST(test_thousands_that_want_several) {
        Fixture f;

        begin(&f, "lock.open", "{\"name\":\"l\",\"create\":true}");
        json_object_put(fixture_call(sessions[0], "lock.open", "{\"name\":\"m\",\"create\":true}"));
        for (int i = 0; i < MANY / 5; i++)
                fixture_start(sessions[i], 5, "lock.acquire_many",
                              i % 2 ? "[['l','m']]" : "[['m','l']]");
        for (int i = 0; i < MANY / 5; i++) {
                json_object_put(fixture_receive(sessions[i]));
                if (i + 1 < MANY / 5)
                        fixture_expect_reply(sessions[i + 1], 5, "?");
                fixture_expect(sessions[i], "lock.release", "['l']", "null");
                fixture_expect(sessions[i], "lock.release", "['m']", "null");
        }
        end(&f);
}
END_TEST

/* The waits are cancelled from the last to the first; each ends at once. */
START_TEST(test_cancelled_in_reverse) {
        Fixture f;

        begin(&f, "event.open", "{\"name\":\"e\",\"create\":true}");
        for (int i = 0; i < MANY; i++)
                for (int k = 0; k < 20; k++)
                        fixture_start(sessions[i], 5 + k, "event.wait", "['e']");
        ck_assert_uint_eq(f.core.n_waits, 20 * MANY);
        for (int i = MANY - 1; i >= 0; i--)
                session_end_waits(sessions[i], WAIT_END_CANCELLED);
        end(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("sync-many");
        TCase *c = tcase_create("sync-many");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_depth_has_an_end);
        tcase_add_test(c, test_notify_all_wakes_each_in_order);
        tcase_add_test(c, test_all_time_out_at_once);
        tcase_add_test(c, test_flood_of_readers_does_not_starve_a_writer);
        tcase_add_test(c, test_flood_of_small_ones_does_not_starve_a_large_one);
        tcase_add_test(c, test_great_barrier);
        tcase_add_test(c, test_thousands_that_want_several);
        tcase_add_test(c, test_cancelled_in_reverse);
        suite_add_tcase(suite, c);
        return suite;
}
