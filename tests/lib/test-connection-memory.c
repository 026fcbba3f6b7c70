/* Connections when memory is short: a call fails, or waits if it must not fail; no message is lost or cut. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "expect.h"
#include "failing-malloc.h"
#include "lib/connection-fixture.h"
#include "tap-main.h"

enum { SIZE = 5 << 20 };

/* Makes each allocation of a call fail in turn; returns how often the call failed. A call with a failed
 * allocation returns -ENOMEM, and may be repeated. */
static unsigned fail_each(int (*call)(Pair *pair), Pair *pair) {
        unsigned n_failures = 0;
        int r;

        for (;; n_failures++) {
                failing_malloc_set(n_failures + 1);
                r = call(pair);
                failing_malloc_set(0);
                if (r != -ENOMEM)
                        break;
                ck_assert_uint_lt(n_failures, 1000);
        }
        ck_assert_int_eq(r, 0);
        return n_failures;
}

static pid_t fork_sender(Pair *pair) {
        pid_t pid = fork_child();

        if (pid == 0) {
                char *message = pattern_new(SIZE, 1);
                int r = shmgr_connection_send_bytes(pair->writer, message, SIZE, 0, -1);
                if (r == 0)
                        r = shmgr_connection_send_bytes(pair->writer, "next", 4, 0, -1);
                free(message);
                _exit(r == 0 ? 0 : 1);
        }
        shmgr_connection_close(pair->writer);
        return pid;
}

static int receive(Pair *pair) {
        void *data;
        size_t n;
        int r = shmgr_connection_recv_bytes(pair->reader, -1, &data, &n);

        if (r < 0)
                return r;
        ck_assert_uint_eq(n, SIZE);
        expect_pattern(data, n, 1);
        free(data);
        return 0;
}

START_TEST(test_receiving) {
        Pair pair;

        pair_open(&pair, _i);
        pid_t pid = fork_sender(&pair);
        ck_assert_uint_gt(fail_each(receive, &pair), 1);
        expect_message(pair.reader, "next");
        join_child(pid);
        pair_close(&pair);
}
END_TEST

/* Bytes in the caller's buffer cannot be kept for the next call, so the call blocks for the rest. */
START_TEST(test_receiving_into_without_waiting) {
        char *buffer = malloc(SIZE);
        size_t n = 0;
        Pair pair;

        pair_open_small(&pair, _i);
        shmgr_connection_set_nonblocking(pair.reader, 1);
        pid_t pid = fork_sender(&pair);
        int r;
        do {
                failing_malloc_set(1);
                r = shmgr_connection_recv_bytes_into(pair.reader, buffer, SIZE, 0, &n);
                failing_malloc_set(0);
        } while (r == -EAGAIN);
        ck_assert_int_eq(r, 0);
        expect_pattern(buffer, n, 1);
        shmgr_connection_set_nonblocking(pair.reader, 0);
        expect_message(pair.reader, "next");
        free(buffer);
        join_child(pid);
        pair_close(&pair);
}
END_TEST

/* Without memory to keep the rest, the call blocks until it is sent. */
START_TEST(test_sending_without_waiting) {
        char *message = pattern_new(SIZE, 1);
        Pair pair;

        pair_open_small(&pair, _i);
        pid_t pid = fork_child();
        if (pid == 0) {
                shmgr_connection_close(pair.writer);
                int r = receive(&pair);
                expect_message(pair.reader, "next");
                _exit(r == 0 ? 0 : 1);
        }
        shmgr_connection_close(pair.reader);
        shmgr_connection_set_nonblocking(pair.writer, 1);
        failing_malloc_set(1);
        int r = shmgr_connection_send_bytes(pair.writer, message, SIZE, 0, -1);
        ck_assert_int_eq(failing_malloc_left(), 0);
        failing_malloc_set(0);
        ck_assert_int_eq(r, 0);
        ck_assert_int_eq(shmgr_connection_flush(pair.writer), 0);
        shmgr_connection_set_nonblocking(pair.writer, 0);
        send_text(pair.writer, "next");
        free(message);
        join_child(pid);
        pair_close(&pair);
}
END_TEST

static struct json_object *value;

static int send_value(Pair *pair) {
        return shmgr_connection_send(pair->writer, value);
}

/* A value is sent whole, or not at all. */
START_TEST(test_sending_a_value) {
        Pair pair;

        pair_open(&pair, _i);
        value = json_tokener_parse("[1,\"two\",{\"three\":[4.5,null]}]");
        ck_assert_uint_gt(fail_each(send_value, &pair), 0);
        expect_message(pair.reader, "[1,\"two\",{\"three\":[4.5,null]}]");
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 0);
        json_object_put(value);
        pair_close(&pair);
}
END_TEST

/* A failed call may have consumed its message, so each call gets a new one. */
static int receive_value(Pair *pair) {
        static const char frame[] = "\0\0\0\013[1,[\"two\"]]";
        struct json_object *received;

        EXPECT(write(pair->write_fd, frame, sizeof(frame) - 1) == sizeof(frame) - 1);
        int r = shmgr_connection_recv(pair->reader, &received);
        failing_malloc_set(0);
        if (r < 0)
                return r;
        ck_assert_str_eq(json_object_to_json_string_ext(received, JSON_C_TO_STRING_PLAIN),
                         "[1,[\"two\"]]");
        json_object_put(received);
        return 0;
}

/* A failed call leaves nothing allocated. */
START_TEST(test_receiving_a_value) {
        Pair pair;

        pair_open(&pair, _i);
        long n_before = failing_malloc_count();
        ck_assert_uint_gt(fail_each(receive_value, &pair), 0);
        ck_assert_int_eq(failing_malloc_count(), n_before);
        pair_close(&pair);
}
END_TEST

static int wait_for_it(Pair *pair) {
        int ready;
        int r = shmgr_connection_wait(&pair->reader, 1, 0, &ready);

        return r == 1 ? 0 : r;
}

START_TEST(test_waiting) {
        Pair pair;

        pair_open(&pair, _i);
        send_text(pair.writer, "a");
        ck_assert_uint_eq(fail_each(wait_for_it, &pair), 1);
        expect_message(pair.reader, "a");
        pair_close(&pair);
}
END_TEST

START_TEST(test_making) {
        shmgr_connection *connection;
        int fds[2];

        kind_open(_i, fds);
        failing_malloc_set(1);
        ck_assert_int_eq(shmgr_connection_from_fd(fds[0], 0, &connection), -ENOMEM);
        failing_malloc_set(0);
        ck_assert_int_ge(fcntl(fds[0], F_GETFD), 0);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-memory");

        if (!failing_malloc_works())
                return suite;
        TCase *tcase = tcase_create("memory");
        tcase_set_timeout(tcase, 30);
        tcase_add_loop_test(tcase, test_receiving, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_receiving_into_without_waiting, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_sending_without_waiting, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_sending_a_value, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_receiving_a_value, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_waiting, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_making, 0, N_KINDS);
        suite_add_tcase(suite, tcase);
        return suite;
}
