/* Notifications: in a loop that asked for them, and in a session that does not expect them. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon daemon_under_test;

static void setup(void) {
        daemon_start(&daemon_under_test);
}

static void teardown(void) {
        daemon_stop(&daemon_under_test);
}

typedef struct Seen {
        int n_answers, n_calls;
        int error;
        char method[64]; /* of the last call that was reported */
} Seen;

static void on_answer(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                      void *userdata) {
        Seen *seen = userdata;

        seen->error = error;
        seen->n_answers++;
}

static void on_notification(shmgr_loop *loop, const char *method, struct json_object *params,
                            void *userdata) {
        Seen *seen = userdata;

        ck_assert_str_eq(method, "monitor.call");
        struct json_object *name = json_object_object_get(params, "method");
        ck_assert_int_lt(json_object_get_string_len(name), (int)sizeof(seen->method));
        strcpy(seen->method, json_object_get_string(name));
        seen->n_calls++;
}

static void turn(shmgr_loop *loop) {
        struct pollfd p = {.fd = shmgr_loop_get_fd(loop),
                           .events = (short)shmgr_loop_get_events(loop)};

        ck_assert_int_ge(poll(&p, 1, shmgr_loop_get_timeout(loop)), 0);
        ck_assert_int_ge(shmgr_loop_process(loop), 0);
}

START_TEST(test_loop_is_told) {
        shmgr_manager *m = daemon_under_test.manager;
        Seen seen = {0};
        shmgr_loop *loop;

        ck_assert_int_eq(shmgr_loop_new(m, &loop), 0);
        shmgr_loop_set_notification(loop, on_notification, &seen);
        ck_assert_int_eq(shmgr_loop_submit(loop, "server.monitor", NULL, on_answer, &seen, NULL),
                         0);
        while (seen.n_answers < 1)
                turn(loop);
        ck_assert_int_eq(seen.error, 0);
        ck_assert_int_eq(shmgr_ping(m), 0);
        while (seen.n_calls < 1)
                turn(loop);
        ck_assert_str_eq(seen.method, "server.ping");
        /* Without a callback notifications are dropped, and replies still arrive. */
        shmgr_loop_set_notification(loop, NULL, NULL);
        ck_assert_int_eq(shmgr_ping(m), 0);
        ck_assert_int_eq(shmgr_loop_submit(loop, "server.ping", NULL, on_answer, &seen, NULL), 0);
        while (seen.n_answers < 2)
                turn(loop);
        ck_assert_int_eq(seen.n_calls, 1);
        /* The loop detects the daemon's end while no call is in progress. */
        daemon_kill(&daemon_under_test);
        while (shmgr_loop_get_fd(loop) >= 0)
                turn(loop);
        ck_assert_int_eq(shmgr_loop_get_fd(loop), -ENOTCONN);
        shmgr_loop_unref(loop);
        daemon_restart(&daemon_under_test);
}
END_TEST

START_TEST(test_session_that_calls_is_not_confused) {
        shmgr_manager *m = daemon_under_test.manager;
        shmgr_manager *other;
        shmgr_loop *loop;
        Seen seen = {0};

        ck_assert_int_eq(shmgr_call(m, "server.monitor", NULL, NULL), 0);
        ck_assert_int_eq(shmgr_manager_open(daemon_under_test.socket, &other), 0);
        ck_assert_int_eq(shmgr_loop_new(other, &loop), 0);
        for (int i = 0; i < 100; i++) {
                ck_assert_int_eq(
                        shmgr_loop_submit(loop, "server.ping", NULL, on_answer, &seen, NULL), 0);
                while (seen.n_answers <= i)
                        turn(loop);
                ck_assert_int_eq(shmgr_ping(m), 0);
        }
        shmgr_loop_unref(loop);
        shmgr_manager_unref(other);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-monitor");
        TCase *tc = tcase_create("monitor");

        tcase_add_checked_fixture(tc, setup, teardown);
        tcase_add_test(tc, test_loop_is_told);
        tcase_add_test(tc, test_session_that_calls_is_not_confused);
        suite_add_tcase(suite, tc);
        return suite;
}
