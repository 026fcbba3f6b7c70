/* Connections whose users die: at any moment, with a lock and without. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/connection-fixture.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

static Daemon fixture;
static shmgr_lock *lock;

static void close_lock(void) {
        lock = shmgr_lock_unref(lock);
        daemon_stop(&fixture);
}

static void kill_child(pid_t pid) {
        kill(pid, SIGKILL);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static void expect_locked(int expected) {
        int locked = -1;

        ck_assert_int_eq(shmgr_lock_locked(lock, &locked), 0);
        ck_assert_int_eq(locked, expected);
}

/* Forks a child that waits for a message; when this returns the child sleeps in the kernel. */
static pid_t fork_idle_receiver(Pair *pair) {
        char path[64], state = 0, byte = 0;
        int fds[2];

        ck_assert_int_eq(pipe(fds), 0);
        pid_t pid = fork_child();
        if (pid == 0) {
                void *data;
                (void)!write(fds[1], &byte, 1);
                _exit(shmgr_connection_recv_bytes(pair->reader, -1, &data, NULL) == 0);
        }
        ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        while (state != 'S') {
                FILE *file = fopen(path, "r");
                ck_assert_ptr_nonnull(file);
                ck_assert_int_eq(fscanf(file, "%*d (%*[^)]) %c", &state), 1);
                fclose(file);
        }
        close(fds[0]);
        close(fds[1]);
        return pid;
}

/* A process that waits for a message does not have the lock yet, so its death breaks nothing. */
START_TEST(test_idle_receiver_dies) {
        Pair pair;

        lock = daemon_start_with_lock(&fixture, "poison");
        pair_open(&pair, _i);
        ck_assert_int_eq(shmgr_connection_set_read_lock(pair.reader, lock), 0);
        pid_t pid = fork_idle_receiver(&pair);
        expect_locked(0);
        kill_child(pid);
        send_text(pair.writer, "then");
        expect_message(pair.reader, "then");
        expect_locked(0);
        pair_close(&pair);
        close_lock();
}
END_TEST

/* In the child: stops with the lock, after the header was received and before the body. */
static pid_t fork_stuck_receiver(Pair *pair) {
        char byte = 0;
        int fds[2];

        ck_assert_int_eq(pipe(fds), 0);
        pid_t pid = fork_child();
        if (pid == 0) {
                void *data;
                if (shmgr_connection_recv_bytes(pair->reader, 1, &data, NULL) == -EMSGSIZE)
                        (void)!write(fds[1], &byte, 1);
                for (;;)
                        pause();
        }
        close(fds[1]);
        ck_assert_int_eq(read(fds[0], &byte, 1), 1);
        close(fds[0]);
        return pid;
}

START_TEST(test_receiver_dies_within_a_message) {
        char body[5];
        void *data;
        size_t n;
        Pair pair;

        lock = daemon_start_with_lock(&fixture, "release");
        pair_open(&pair, _i);
        send_text(pair.writer, "lost");
        send_text(pair.writer, "next");
        ck_assert_int_eq(shmgr_connection_set_read_lock(pair.reader, lock), 0);
        pid_t pid = fork_stuck_receiver(&pair);
        shmgr_connection_set_nonblocking(pair.reader, 1);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EAGAIN);
        shmgr_connection_set_nonblocking(pair.reader, 0);
        expect_locked(1);
        kill_child(pid);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EOWNERDEAD);
        expect_locked(0);
        /* A program that knows the length of the rest can read it and continue. */
        ck_assert_int_eq(read(pair.read_fd, body, 4), 4);
        ck_assert_mem_eq(body, "lost", 4);
        expect_message(pair.reader, "next");
        pair_close(&pair);
        close_lock();
}
END_TEST

START_TEST(test_receiver_dies_within_a_message_and_poisons) {
        void *data;
        size_t n;
        Pair pair;

        lock = daemon_start_with_lock(&fixture, "poison");
        pair_open(&pair, _i);
        send_text(pair.writer, "lost");
        ck_assert_int_eq(shmgr_connection_set_read_lock(pair.reader, lock), 0);
        kill_child(fork_stuck_receiver(&pair));
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n),
                                 -ENOTRECOVERABLE);
        pair_close(&pair);
        close_lock();
}
END_TEST

START_TEST(test_lock_is_kept_within_a_message) {
        Pair pair;

        lock = daemon_start_with_lock(&fixture, "release");
        pair_open_small(&pair, _i);
        ck_assert_int_eq(shmgr_connection_set_read_lock(pair.reader, lock), 0);
        ck_assert_int_eq(shmgr_connection_set_write_lock(pair.writer, lock), 0);
        send_text(pair.writer, "hello");
        expect_locked(0);
        void *data;
        size_t n;
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, 4, &data, &n), -EMSGSIZE);
        expect_locked(1);
        ck_assert_int_eq(shmgr_connection_set_read_lock(pair.reader, NULL), -EBUSY);
        expect_message(pair.reader, "hello");
        expect_locked(0);
        ck_assert_int_eq(shmgr_connection_set_read_lock(pair.reader, NULL), 0);
        shmgr_connection_set_nonblocking(pair.writer, 1);
        char *message = pattern_new(1000000, 1);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, message, 1000000, 0, -1), 0);
        expect_locked(1);
        /* Closing the connection releases its lock, too. */
        shmgr_connection_close(pair.writer);
        expect_locked(0);
        free(message);
        pair_close(&pair);
        close_lock();
}
END_TEST

/* ---- kill -9 of either side, at any moment */

enum { N_ROUNDS = 40, MOST = 200000 };

static size_t size_of(unsigned i) {
        return i * 104729u % MOST;
}

static int send_one(shmgr_connection *writer, unsigned i) {
        char *message = pattern_new(size_of(i), i);
        int r = shmgr_connection_send_bytes(writer, message, size_of(i), 0, -1);

        free(message);
        return r;
}

/* Receives the message that was sent as number i. */
static int receive_one(shmgr_connection *reader, unsigned i) {
        void *data;
        size_t n;
        int r = shmgr_connection_recv_bytes(reader, -1, &data, &n);

        if (r < 0)
                return r;
        ck_assert_uint_eq(n, size_of(i));
        expect_pattern(data, n, i);
        free(data);
        return 0;
}

START_TEST(test_sender_is_killed) {
        for (unsigned round = 0; round < N_ROUNDS; round++) {
                unsigned i = 0;
                int r = 0;
                Pair pair;
                pair_open(&pair, _i);
                pid_t pid = fork_child();
                if (pid == 0)
                        for (;; i++)
                                send_one(pair.writer, i);
                shmgr_connection_close(pair.writer);
                while (i < round && r == 0)
                        r = receive_one(pair.reader, i++);
                ck_assert_int_eq(r, 0);
                kill_child(pid);
                while (r == 0)
                        r = receive_one(pair.reader, i++);
                ck_assert_msg(r == -EPROTO || r == -ENODATA, "%s", strerror(-r));
                pair_close(&pair);
        }
}
END_TEST

START_TEST(test_receiver_is_killed) {
        signal(SIGPIPE, SIG_DFL);
        for (unsigned round = 0; round < N_ROUNDS; round++) {
                unsigned i = 0;
                int r = 0;
                Pair pair;
                pair_open(&pair, _i);
                pid_t pid = fork_child();
                if (pid == 0) {
                        shmgr_connection_close(pair.writer);
                        while (receive_one(pair.reader, i) == 0)
                                i++;
                        _exit(0);
                }
                shmgr_connection_close(pair.reader);
                for (; r == 0; i++) {
                        if (i == round)
                                kill(pid, SIGKILL);
                        r = send_one(pair.writer, i);
                }
                ck_assert_int_eq(r, -EPIPE);
                ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
                pair_close(&pair);
        }
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-death");
        TCase *tcase = tcase_create("connection-death");

        tcase_set_timeout(tcase, 30);
        tcase_add_loop_test(tcase, test_idle_receiver_dies, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_receiver_dies_within_a_message, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_receiver_dies_within_a_message_and_poisons, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_lock_is_kept_within_a_message, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_sender_is_killed, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_receiver_is_killed, 0, N_KINDS);
        suite_add_tcase(suite, tcase);
        return suite;
}
