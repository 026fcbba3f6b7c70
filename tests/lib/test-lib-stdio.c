/* A program that has closed its standard descriptors: no descriptor of the library takes their
 * numbers. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_manager *m;

static void ok(int r) {
        ck_assert_msg(r >= 0, "%s (%s)", shmgr_manager_error(m), strerror(-r));
}

static void setup(void) {
        daemon_start(&fixture);
        m = fixture.manager;
}

static void teardown(void) {
        daemon_stop(&fixture);
}

static int saved[3];

/* Closes descriptor i if bit i is set. */
static void close_stdio(int which) {
        for (int i = 0; i < 3; i++) {
                saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
                if (which & 1 << i)
                        close(i);
        }
}

/* Restores the standard descriptors; returns how many of them were open meanwhile. */
static int restore_stdio(int which) {
        int n_open = 0;

        for (int i = 0; i < 3; i++) {
                n_open += (which & 1 << i) && fcntl(i, F_GETFD) >= 0;
                dup2(saved[i], i);
                close(saved[i]);
        }
        return n_open;
}

static void noted(shmgr_loop *loop, int error, struct json_object *result, const char *text,
                  void *userdata) {
        *(int *)userdata = error == 0 ? 1 : error;
}

static int use_loop(void) {
        shmgr_loop *loop;
        int state = 0;

        if (shmgr_loop_new(m, &loop) < 0 ||
            shmgr_loop_submit(loop, "server.ping", NULL, noted, &state, NULL) < 0)
                return -1;
        int fd = shmgr_loop_get_fd(loop);
        while (state == 0 && shmgr_loop_process(loop) >= 0)
                ;
        shmgr_loop_unref(loop);
        return state == 1 ? fd : -1;
}

START_TEST(test_closed_descriptors) {
        shmgr_connection *first = NULL, *second = NULL;
        int from = -1, to = -1, of_loop = -1, which = _i;

        close_stdio(which);
        int r = shmgr_ping(m);
        int r_pair = shmgr_pipe_pair(m, 0, &first, &second);
        if (r_pair >= 0) {
                from = shmgr_connection_fileno(first);
                to = shmgr_connection_fileno(second);
        }
        of_loop = use_loop();
        /* The program's output must not reach the daemon. */
        for (int i = 0; i < 3; i++)
                if (which & 1 << i && write(i, "{}\n", 3) >= 0)
                        r = -EIO;
        int r_after = shmgr_ping(m);
        int n_open = restore_stdio(which);
        ck_assert_int_eq(n_open, 0);
        ok(r);
        ok(r_pair);
        ok(r_after);
        ck_assert_int_gt(from, 2);
        ck_assert_int_gt(to, 2);
        ck_assert_int_gt(of_loop, 2);
        ck_assert_int_eq(fcntl(from, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        ck_assert_int_eq(fcntl(to, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
        shmgr_connection_unref(first);
        shmgr_connection_unref(second);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("lib-stdio");
        TCase *c = tcase_create("lib-stdio");

        tcase_set_timeout(c, 60);
        tcase_add_checked_fixture(c, setup, teardown);
        tcase_add_loop_test(c, test_closed_descriptors, 0, 8);
        suite_add_tcase(suite, c);
        return suite;
}
