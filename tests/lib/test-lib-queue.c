/* The proxy of queues, against a real daemon, with processes that are killed. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/daemon-fixture.h"
#include "tap-main.h"

START_TEST(test_queue) {
        struct json_object *value, *values = json_of("[1,2.5,\"x\"]");
        shmgr_queue *q;
        int64_t n;
        double d;
        char *s;
        int is;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(queue, &daemon, "{\"maxsize\":4}", &q);
        ck_assert_str_eq(shmgr_queue_name(q), "o");
        ck_assert_int_eq(shmgr_queue_empty(q, &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_queue_get(q, 0, &value), -EAGAIN);
        ck_assert_int_eq(shmgr_queue_get(q, 5, &value), -ETIMEDOUT);
        ck_assert_int_eq(shmgr_queue_get(q, -5, &value), -EINVAL);
        ck_assert_int_eq(shmgr_queue_peek(q, &value), -ENODATA);
        ck_assert_int_eq(shmgr_queue_put_int64(q, INT64_MIN, SHMGR_FOREVER), 0);
        ck_assert_int_eq(shmgr_queue_put_double(q, 0.5, 0), 0);
        ck_assert_int_eq(shmgr_queue_put_bool(q, 1, 0), 0);
        ck_assert_int_eq(shmgr_queue_put_string(q, "text", 0), 0);
        ck_assert_int_eq(shmgr_queue_put(q, NULL, 0), -EAGAIN);
        ck_assert_int_eq(shmgr_queue_full(q, &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_queue_size(q, &n), 0);
        ck_assert_int_eq(n, 4);
        ck_assert_int_eq(shmgr_queue_peek(q, &value), 0);
        expect_json(value, "-9223372036854775808");
        ck_assert_int_eq(shmgr_queue_get_int64(q, SHMGR_FOREVER, &n), 0);
        ck_assert_int_eq(n, INT64_MIN);
        ck_assert_int_eq(shmgr_queue_get_double(q, 0, &d), 0);
        ck_assert(d == 0.5);
        ck_assert_int_eq(shmgr_queue_get_bool(q, 0, &is), 0);
        ck_assert_int_eq(is, 1);
        ck_assert_int_eq(shmgr_queue_get_string(q, 0, &s), 0);
        ck_assert_str_eq(s, "text");
        free(s);
        ck_assert_int_eq(shmgr_queue_put_many(q, values, 0), 0);
        ck_assert_int_eq(shmgr_queue_put_many(q, values, 0), -EAGAIN);
        ck_assert_int_eq(shmgr_queue_get_many(q, 2, 0, &value), 0);
        expect_json(value, "[1,2.5]");
        ck_assert_int_eq(shmgr_queue_get_int64(q, 0, &n), -EINVAL);
        ck_assert_int_eq(shmgr_queue_get(q, 0, &value), 0);
        expect_json(value, "\"x\"");
        ck_assert_int_eq(shmgr_queue_put(q, values, 0), 0);
        ck_assert_int_eq(shmgr_queue_get(q, 0, &value), 0);
        expect_json(value, "[1,2.5,\"x\"]");
        json_object_put(values);
        shmgr_queue_unref(q);
        daemon_stop(&daemon);
}
END_TEST

START_TEST(test_queue_tasks_and_reservations) {
        struct json_object *value;
        shmgr_queue *q;
        int64_t id;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(queue, &daemon, "{\"order\":\"priority\"}", &q);
        ck_assert_int_eq(shmgr_queue_put_int64(q, 7, 0), 0);
        ck_assert_int_eq(shmgr_queue_put_int64(q, 3, 0), 0);
        ck_assert_int_eq(shmgr_queue_put_string(q, "no number", 0), -EINVAL);
        ck_assert_int_eq(shmgr_queue_join(q, 0), -EAGAIN);
        ck_assert_int_eq(shmgr_queue_reserve(q, 0, &id, &value), 0);
        expect_json(value, "3");
        ck_assert_int_eq(shmgr_queue_nack(q, id), 0);
        ck_assert_int_eq(shmgr_queue_nack(q, id), -EPERM);
        ck_assert_ptr_nonnull(strstr(shmgr_manager_error(daemon.manager), "reserved no item"));
        ck_assert_int_eq(shmgr_queue_reserve(q, 0, &id, NULL), 0);
        ck_assert_int_eq(shmgr_queue_ack(q, id), 0);
        ck_assert_int_eq(shmgr_queue_task_done(q, 2), -EOVERFLOW);
        ck_assert_int_eq(shmgr_queue_task_done(q, 1), 0);
        ck_assert_int_eq(shmgr_queue_join(q, SHMGR_FOREVER), 0);
        ck_assert_int_eq(shmgr_queue_close(q, 0), 0);
        ck_assert_int_eq(shmgr_queue_put_int64(q, 1, 0), -ESHUTDOWN);
        ck_assert_int_eq(shmgr_queue_get(q, SHMGR_FOREVER, &value), 0);
        expect_json(value, "7");
        ck_assert_int_eq(shmgr_queue_get(q, SHMGR_FOREVER, &value), -ESHUTDOWN);
        ck_assert_int_eq(shmgr_queue_close(q, 1), 0);
        shmgr_queue_unref(q);
        daemon_stop(&daemon);
}
END_TEST

/* Runs in a child: writes a byte to report that it got this far, and waits to be killed. */
static void child_says_and_waits(int fd) {
        if (write(fd, "x", 1) != 1)
                _exit(1);
        for (;;)
                pause();
}

static void wait_for_byte(int fd) {
        char byte;

        ck_assert_int_eq(read(fd, &byte, 1), 1);
}

/* A worker that is killed while it has an item gives it back, to the front; one that is killed while it
 * waits takes none. */
START_TEST(test_killed_worker_loses_no_item) {
        struct json_object *value;
        shmgr_queue *q;
        int status, ready[2];
        int64_t id;
        Daemon daemon;

        daemon_start(&daemon);
        OPEN(queue, &daemon, "{}", &q);
        ck_assert_int_eq(shmgr_queue_put_int64(q, 1, 0), 0);
        ck_assert_int_eq(shmgr_queue_put_int64(q, 2, 0), 0);
        ck_assert_int_eq(pipe(ready), 0);
        pid_t worker = fork();
        if (worker == 0) {
                if (shmgr_queue_reserve(q, 0, &id, NULL) < 0)
                        _exit(1);
                child_says_and_waits(ready[1]);
        }
        wait_for_byte(ready[0]);
        ck_assert_int_eq(shmgr_queue_get(q, 0, &value), 0);
        expect_json(value, "2");
        kill(worker, SIGKILL);
        ck_assert_int_eq(shmgr_queue_get(q, 10000, &value), 0);
        expect_json(value, "1");
        ck_assert_int_eq(waitpid(worker, &status, 0), worker);
        shmgr_queue_unref(q);
        daemon_stop(&daemon);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("queue proxy");
        TCase *c = tcase_create("queue proxy");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_queue);
        tcase_add_test(c, test_queue_tasks_and_reservations);
        tcase_add_test(c, test_killed_worker_loses_no_item);
        suite_add_tcase(suite, c);
        return suite;
}
