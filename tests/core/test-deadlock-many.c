/* Deadlocks among thousands of sessions: a check takes time in proportion to what it looks at, so
 * these tests end soon. */
#include <stdio.h>

#include "core/core-fixture.h"
#include "tap-main.h"

static Session *begin_with_lock(Fixture *f, int i) {
        Session *session = fixture_session(f, 1000 + i, 0, "one");
        char params[64];

        snprintf(params, sizeof(params), "{\"name\":\"own%d\",\"create\":true}", i);
        json_object_put(fixture_call(session, "lock.open", "%s", params));
        json_object_put(fixture_call(session, "lock.acquire", "[\"own%d\"]", i));
        return session;
}

static void start_acquire(Session *session, int i) {
        char params[64];

        snprintf(params, sizeof(params), "[\"own%d\"]", i);
        fixture_start(session, 5, "lock.acquire", params);
}

enum { MANY = 4000 };

/* Each session waits for the lock of the next one, and the last one for the first one's. */
START_TEST(test_cycle_of_thousands) {
        static Session *sessions[MANY];
        Fixture f;

        fixture_init(&f, NULL);
        for (int i = 0; i < MANY; i++)
                sessions[i] = begin_with_lock(&f, i);
        for (int i = 0; i < MANY - 1; i++) {
                start_acquire(sessions[i], i + 1);
                ck_assert(!fixture_receive_text(sessions[i]));
        }
        start_acquire(sessions[MANY - 1], 0);
        struct json_object *reply = fixture_receive(sessions[MANY - 1]);
        struct json_object *data =
                json_object_object_get(json_object_object_get(reply, "error"), "data");
        ck_assert_uint_eq(json_object_get_uint64(json_object_object_get(data, "cycle_length")),
                          MANY);
        json_object_put(reply);
        fixture_deinit(&f);
}
END_TEST

/* All sessions wait for one lock, whose owner waits for another one: each check must look at the long
 * queue. */
START_TEST(test_thousands_that_wait_behind_one_who_waits) {
        Fixture f;

        fixture_init(&f, NULL);
        Session *busy = begin_with_lock(&f, MANY), *owner = begin_with_lock(&f, MANY + 1);
        for (int i = 0; i < MANY; i++) {
                if (i == 1)
                        start_acquire(owner, MANY);
                Session *session = begin_with_lock(&f, i);
                start_acquire(session, MANY + 1);
                ck_assert(!fixture_receive_text(session));
        }
        ck_assert_str_eq(fixture_call_error(busy, "lock.acquire", "[\"own%d\"]", MANY + 1),
                         "EDEADLK");
        ck_assert_uint_eq(f.core.n_waits, MANY + 1);
        fixture_deinit(&f);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("deadlock-many");
        TCase *c = tcase_create("deadlock-many");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_cycle_of_thousands);
        tcase_add_test(c, test_thousands_that_wait_behind_one_who_waits);
        suite_add_tcase(suite, c);
        return suite;
}
