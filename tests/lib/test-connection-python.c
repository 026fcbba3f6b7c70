/* Connections to a Python program: multiprocessing.connection.Connection on the peer's descriptor
 * (tests/lib/connection-peer.py) reads what the library writes, and writes what the library reads. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <shmgr/shmgr.h>

#include "lib/connection-fixture.h"
#include "tap-main.h"

static const size_t sizes[] = {0, 1, 4092, 4093, 16384, 16385, 65536, 65537, 1000000, 16 << 20};

enum { N_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* Makes the message that connection-peer.py expects. */
static char *message_new(size_t n, unsigned seed) {
        char *message = malloc(n + 1);

        for (size_t i = 0; i < n; i++)
                message[i] = (char)((i % 251 * 31 + seed) % 251);
        return message;
}

static pid_t fork_python(const char *way, int fd, int other_fd) {
        const char *srcdir = getenv("srcdir");
        char script[4096], number[16];
        pid_t pid = fork_child();

        if (pid > 0) {
                close(fd);
                return pid;
        }
        close(other_fd);
        fcntl(fd, F_SETFD, 0);
        snprintf(script, sizeof(script), "%s/tests/lib/connection-peer.py", srcdir ? srcdir : ".");
        snprintf(number, sizeof(number), "%d", fd);
        execlp("python3", "python3", script, way, number, (char *)NULL);
        perror("python3");
        _exit(127);
}

static void send_sizes(shmgr_connection *connection) {
        for (unsigned i = 0; i < N_SIZES; i++) {
                char *message = message_new(sizes[i], i);
                ck_assert_int_eq(shmgr_connection_send_bytes(connection, message, sizes[i], 0, -1),
                                 0);
                free(message);
        }
}

static void receive_one(shmgr_connection *connection, unsigned i) {
        char *expected = message_new(sizes[i], i);
        void *data;
        size_t n;

        ck_assert_int_eq(shmgr_connection_recv_bytes(connection, -1, &data, &n), 0);
        ck_assert_uint_eq(n, sizes[i]);
        ck_assert(memcmp(data, expected, n) == 0);
        free(data);
        free(expected);
}

START_TEST(test_python_receives) {
        int fds[2];

        kind_open(_i, fds);
        pid_t pid = fork_python("receive", fds[0], fds[1]);
        shmgr_connection *writer = connect_fd(fds[1], 0);
        send_sizes(writer);
        shmgr_connection_unref(writer);
        join_child(pid);
}
END_TEST

START_TEST(test_python_sends) {
        void *data;
        int fds[2];

        kind_open(_i, fds);
        pid_t pid = fork_python("send", fds[1], fds[0]);
        shmgr_connection *reader = connect_fd(fds[0], 0);
        for (unsigned i = 0; i < N_SIZES; i++)
                receive_one(reader, i);
        ck_assert_int_eq(shmgr_connection_recv_bytes(reader, -1, &data, NULL), -ENODATA);
        shmgr_connection_unref(reader);
        join_child(pid);
}
END_TEST

START_TEST(test_python_answers) {
        int fds[2];

        kind_open(KIND_SOCKET, fds);
        pid_t pid = fork_python("echo", fds[0], fds[1]);
        shmgr_connection *connection = connect_fd(fds[1], 0);
        for (unsigned i = 0; i < N_SIZES; i++) {
                char *message = message_new(sizes[i], i);
                ck_assert_int_eq(shmgr_connection_send_bytes(connection, message, sizes[i], 0, -1),
                                 0);
                receive_one(connection, i);
                free(message);
        }
        shmgr_connection_unref(connection);
        join_child(pid);
}
END_TEST

static int has_python(void) {
        return system("python3 -c 'import multiprocessing.connection' >/dev/null 2>&1") == 0;
}

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-python");
        TCase *tcase = tcase_create("python");

        if (!has_python()) {
                printf("1..0 # SKIP there is no python3 with multiprocessing\n");
                exit(EXIT_SUCCESS);
        }
        tcase_set_timeout(tcase, 30);
        tcase_add_loop_test(tcase, test_python_receives, KIND_PIPE, KIND_SOCKET + 1);
        tcase_add_loop_test(tcase, test_python_sends, KIND_PIPE, KIND_SOCKET + 1);
        tcase_add_test(tcase, test_python_answers);
        suite_add_tcase(suite, tcase);
        return suite;
}
