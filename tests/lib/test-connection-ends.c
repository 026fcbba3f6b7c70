/* Connections: ends of files, broken streams, wrong directions, closed connections, and peers that
 * are gone. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <shmgr/shmgr.h>

#include "lib/connection-fixture.h"
#include "tap-main.h"

static void *data;
static size_t n;
static char buffer[64];

/* ---- Ends of files */

START_TEST(test_end_of_file) {
        Pair pair;

        pair_open(&pair, _i);
        send_text(pair.writer, "last");
        shmgr_connection_close(pair.writer);
        expect_message(pair.reader, "last");
        for (int i = 0; i < 2; i++) {
                struct json_object *value;
                ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -ENODATA);
                ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 64, 0, &n),
                                 -ENODATA);
                ck_assert_int_eq(shmgr_connection_recv(pair.reader, &value), -ENODATA);
                ck_assert_int_eq(shmgr_connection_skip(pair.reader), -ENODATA);
        }
        pair_close(&pair);
}
END_TEST

START_TEST(test_end_of_file_inside_a_message) {
        static const char *const cut[] = {"00",
                                          "000000",
                                          "00000003",
                                          "00000003 6162",
                                          "ffffffff",
                                          "ffffffff 00000000000000",
                                          "ffffffff 0000000000000001"};

        for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
                Pair pair;
                pair_open(&pair, _i);
                write_raw(pair.write_fd, "00000001 61");
                write_raw(pair.write_fd, cut[i]);
                expect_message(pair.reader, "a");
                shmgr_connection_close(pair.writer);
                ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EPROTO);
                ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EPROTO);
                ck_assert_int_eq(shmgr_connection_skip(pair.reader), -EPROTO);
                pair_close(&pair);
        }
}
END_TEST

START_TEST(test_bytes_that_begin_no_message) {
        static const char *const bad[] = {"fffffffe", "80000000", "ffffffff 8000000000000000",
                                          "ffffffff ffffffffffffffff"};

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                Pair pair;
                pair_open(&pair, KIND_SOCKET);
                write_raw(pair.write_fd, bad[i]);
                write_raw(pair.write_fd, "00000001 61");
                for (int k = 0; k < 3; k++)
                        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n),
                                         -EPROTO);
                /* The other direction still works. */
                send_text(pair.reader, "b");
                expect_message(pair.writer, "b");
                pair_close(&pair);
        }
}
END_TEST

/* The peer closed a socket with unread messages: the reader gets an end of file, not -ECONNRESET. */
START_TEST(test_end_of_file_with_unread_messages) {
        Pair pair;

        pair_open(&pair, KIND_SOCKET);
        send_text(pair.reader, "never read");
        send_text(pair.writer, "last");
        shmgr_connection_close(pair.writer);
        expect_message(pair.reader, "last");
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -ENODATA);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.reader, "x", 1, 0, -1), -EPIPE);
        pair_close(&pair);
        pair_open(&pair, KIND_SOCKET);
        send_text(pair.reader, "never read");
        shmgr_connection_close(pair.writer);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.reader, "x", 1, 0, -1), -EPIPE);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -ENODATA);
        pair_close(&pair);
}
END_TEST

/* ---- Wrong directions, closed connections */

typedef int (*Function)(shmgr_connection *connection);

static int do_send(shmgr_connection *c) {
        return shmgr_connection_send(c, NULL);
}

static int do_send_bytes(shmgr_connection *c) {
        return shmgr_connection_send_bytes(c, "a", 1, 0, -1);
}

static int do_recv(shmgr_connection *c) {
        struct json_object *value;

        return shmgr_connection_recv(c, &value);
}

static int do_recv_bytes(shmgr_connection *c) {
        return shmgr_connection_recv_bytes(c, -1, &data, &n);
}

static int do_recv_bytes_into(shmgr_connection *c) {
        return shmgr_connection_recv_bytes_into(c, buffer, sizeof(buffer), 0, &n);
}

static int do_poll(shmgr_connection *c) {
        return shmgr_connection_poll(c, 0);
}

static int do_wait(shmgr_connection *c) {
        int ready;

        return shmgr_connection_wait(&c, 1, 0, &ready);
}

static int do_set_read_lock(shmgr_connection *c) {
        return shmgr_connection_set_read_lock(c, NULL);
}

static int do_set_write_lock(shmgr_connection *c) {
        return shmgr_connection_set_write_lock(c, NULL);
}

static int do_set_nonblocking(shmgr_connection *c) {
        return shmgr_connection_set_nonblocking(c, 0);
}

static int do_set_maxlength(shmgr_connection *c) {
        return shmgr_connection_set_maxlength(c, 10);
}

static const Function receiving[] = {
        do_recv, do_recv_bytes, do_recv_bytes_into, shmgr_connection_skip,
        do_poll, do_wait,       do_set_read_lock};
static const Function sending[] = {do_send, do_send_bytes, shmgr_connection_flush,
                                   do_set_write_lock};
static const Function neither[] = {shmgr_connection_fileno, do_set_nonblocking, do_set_maxlength};

static void expect_all(const Function *functions, size_t n_functions, shmgr_connection *connection,
                       int error) {
        for (size_t i = 0; i < n_functions; i++)
                ck_assert_int_eq(functions[i](connection), error);
}

START_TEST(test_wrong_direction) {
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        shmgr_connection *reader = connect_fd(fds[0], SHMGR_CONNECTION_READABLE);
        shmgr_connection *writer = connect_fd(fds[1], SHMGR_CONNECTION_WRITABLE);
        ck_assert_int_eq(shmgr_connection_readable(reader), 1);
        ck_assert_int_eq(shmgr_connection_writable(reader), 0);
        ck_assert_int_eq(shmgr_connection_readable(writer), 0);
        ck_assert_int_eq(shmgr_connection_writable(writer), 1);
        expect_all(receiving, 7, writer, -EPERM);
        expect_all(sending, 4, reader, -EPERM);
        send_text(writer, "still good");
        expect_message(reader, "still good");
        shmgr_connection_unref(reader);
        shmgr_connection_unref(writer);
}
END_TEST

START_TEST(test_closed) {
        Pair pair;

        pair_open(&pair, KIND_SOCKET);
        send_text(pair.writer, "unread");
        ck_assert_int_eq(shmgr_connection_fileno(pair.reader), pair.read_fd);
        ck_assert_int_eq(shmgr_connection_closed(pair.reader), 0);
        ck_assert_int_eq(shmgr_connection_close(pair.reader), 0);
        ck_assert_int_eq(shmgr_connection_close(pair.reader), 0);
        ck_assert_int_eq(shmgr_connection_closed(pair.reader), 1);
        ck_assert_int_eq(fcntl(pair.read_fd, F_GETFD), -1);
        ck_assert_int_eq(errno, EBADF);
        expect_all(receiving, 7, pair.reader, -EBADF);
        expect_all(sending, 4, pair.reader, -EBADF);
        expect_all(neither, 3, pair.reader, -EBADF);
        ck_assert_int_eq(shmgr_connection_readable(pair.reader), 1);
        ck_assert_int_eq(shmgr_connection_writable(pair.reader), 1);
        pair_close(&pair);
}
END_TEST

START_TEST(test_unref_closes) {
        Pair pair;

        pair_open(&pair, _i);
        ck_assert_ptr_eq(shmgr_connection_ref(pair.writer), pair.writer);
        ck_assert_ptr_null(shmgr_connection_unref(pair.writer));
        send_text(pair.writer, "a");
        shmgr_connection_unrefp(&pair.writer);
        ck_assert_int_eq(fcntl(pair.write_fd, F_GETFD), -1);
        expect_message(pair.reader, "a");
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -ENODATA);
        ck_assert_ptr_null(shmgr_connection_unref(NULL));
        pair.writer = NULL;
        pair_close(&pair);
}
END_TEST

START_TEST(test_what_is_no_connection) {
        shmgr_connection *c;
        int fds[2];

        ck_assert_int_eq(shmgr_connection_from_fd(-1, 0, &c), -EBADF);
        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_eq(shmgr_connection_from_fd(fds[0], SHMGR_CONNECTION_WRITABLE, &c), -EINVAL);
        ck_assert_int_eq(shmgr_connection_from_fd(fds[1], SHMGR_CONNECTION_READABLE, &c), -EINVAL);
        ck_assert_int_eq(shmgr_connection_from_fd(fds[1], 8, &c), -EINVAL);
        /* After the failure the descriptors still belong to the caller. */
        ck_assert_int_eq(close(fds[0]), 0);
        ck_assert_int_eq(close(fds[1]), 0);
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
        ck_assert_int_eq(shmgr_connection_from_fd(fds[0], 0, &c), -EPROTOTYPE);
        ck_assert_int_eq(close(fds[0]), 0);
        close(fds[1]);
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
        ck_assert_int_eq(shmgr_connection_from_fd(fds[0], 0, &c), -EPROTOTYPE);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

/* ---- A peer that is gone */

START_TEST(test_no_sigpipe) {
        Pair pair;

        pair_open(&pair, _i);
        /* With the default action a SIGPIPE would end this process. */
        signal(SIGPIPE, SIG_DFL);
        send_text(pair.writer, "unread");
        shmgr_connection_close(pair.reader);
        for (int i = 0; i < 3; i++)
                ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, "a", 1, 0, -1), -EPIPE);
        shmgr_connection_set_nonblocking(pair.writer, 1);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, "a", 1, 0, -1), -EPIPE);
        pair_close(&pair);
}
END_TEST

static int sigpipe_is_pending(void) {
        sigset_t set;

        sigpending(&set);
        return sigismember(&set, SIGPIPE);
}

static int sigpipe_is_blocked(void) {
        sigset_t set;

        pthread_sigmask(SIG_BLOCK, NULL, &set);
        return sigismember(&set, SIGPIPE);
}

/* A SIGPIPE of the program's own is neither lost nor delivered twice, and the signal mask stays. */
START_TEST(test_sigpipe_of_others_stays) {
        sigset_t sigpipe;
        Pair pair;

        pair_open(&pair, _i);
        shmgr_connection_close(pair.reader);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, "a", 1, 0, -1), -EPIPE);
        ck_assert_int_eq(sigpipe_is_blocked(), 0);
        sigemptyset(&sigpipe);
        sigaddset(&sigpipe, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &sigpipe, NULL);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, "a", 1, 0, -1), -EPIPE);
        ck_assert_int_eq(sigpipe_is_pending(), 0);
        pthread_kill(pthread_self(), SIGPIPE);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, "a", 1, 0, -1), -EPIPE);
        ck_assert_int_eq(sigpipe_is_pending(), 1);
        ck_assert_int_eq(sigpipe_is_blocked(), 1);
        pair_close(&pair);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-ends");
        TCase *kinds = tcase_create("each kind of descriptor");
        TCase *rest = tcase_create("rest");

        tcase_add_loop_test(kinds, test_end_of_file, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_end_of_file_inside_a_message, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_unref_closes, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_no_sigpipe, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_sigpipe_of_others_stays, 0, N_KINDS);
        tcase_add_test(rest, test_bytes_that_begin_no_message);
        tcase_add_test(rest, test_end_of_file_with_unread_messages);
        tcase_add_test(rest, test_wrong_direction);
        tcase_add_test(rest, test_closed);
        tcase_add_test(rest, test_what_is_no_connection);
        suite_add_tcase(suite, kinds);
        suite_add_tcase(suite, rest);
        return suite;
}
