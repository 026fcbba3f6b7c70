/* Connections: messages around each bound and larger than the kernel's buffers, blocking and not. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/connection-fixture.h"
#include "tap-main.h"

static const size_t sizes[] = {0,     1,      4091,    4092,    4093,
                               4096,  16384,  16385,   65532,   65536,
                               65537, 131072, 1048575, 1048577, (size_t)16 << 20};

enum { N_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static void send_all(shmgr_connection *writer) {
        for (unsigned i = 0; i < N_SIZES; i++) {
                char *message = pattern_new(sizes[i], i);
                ck_assert_int_eq(shmgr_connection_send_bytes(writer, message, sizes[i], 0, -1), 0);
                free(message);
        }
}

static void receive(shmgr_connection *reader, size_t size, unsigned seed) {
        void *data = NULL;
        size_t n;

        ck_assert_int_eq(shmgr_connection_recv_bytes(reader, -1, &data, &n), 0);
        ck_assert_uint_eq(n, size);
        expect_pattern(data, n, seed);
        ck_assert_int_eq(((char *)data)[n], '\0');
        free(data);
}

static void receive_into(shmgr_connection *reader, size_t size, unsigned seed) {
        char *buffer = malloc(size + 2);
        size_t n;

        buffer[size + 1] = '!';
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(reader, buffer, size + 1, 1, &n), 0);
        ck_assert_uint_eq(n, size);
        expect_pattern(buffer + 1, n, seed);
        ck_assert_int_eq(buffer[size + 1], '!');
        free(buffer);
}

/* The child sends; the parent receives by each function in turn. */
START_TEST(test_sizes) {
        Pair pair;

        pair_open(&pair, _i);
        pid_t pid = fork_child();
        if (pid == 0) {
                shmgr_connection_close(pair.reader);
                send_all(pair.writer);
                send_all(pair.writer);
                send_all(pair.writer);
                _exit(0);
        }
        shmgr_connection_close(pair.writer);
        for (unsigned i = 0; i < N_SIZES; i++)
                receive(pair.reader, sizes[i], i);
        for (unsigned i = 0; i < N_SIZES; i++)
                receive_into(pair.reader, sizes[i], i);
        for (unsigned i = 0; i < N_SIZES; i++)
                ck_assert_int_eq(shmgr_connection_skip(pair.reader), 0);
        ck_assert_int_eq(shmgr_connection_skip(pair.reader), -ENODATA);
        join_child(pid);
        pair_close(&pair);
}
END_TEST

/* Sends a value of some MiB as JSON. */
START_TEST(test_large_value) {
        struct json_object *value = NULL, *text;
        enum { N = 5 << 20 };
        Pair pair;

        pair_open(&pair, _i);
        pid_t pid = fork_child();
        if (pid == 0) {
                char *s = malloc(N);
                memset(s, 'x', N);
                text = json_object_new_string_len(s, N);
                free(s);
                int r = shmgr_connection_send(pair.writer, text);
                json_object_put(text);
                _exit(r == 0 ? 0 : 1);
        }
        ck_assert_int_eq(shmgr_connection_recv(pair.reader, &value), 0);
        ck_assert_int_eq(json_object_get_string_len(value), N);
        json_object_put(value);
        join_child(pid);
        pair_close(&pair);
}
END_TEST

/* The library enlarges the kernel's buffer for long messages, but keeps a size that the program has set. */
START_TEST(test_room_for_long_messages) {
        char *message = pattern_new(50000, 1);
        Pair pair;

        pair_open(&pair, KIND_PIPE);
        int before = fcntl(pair.write_fd, F_GETPIPE_SZ);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, message, 10000, 0, -1), 0);
        ck_assert_int_eq(fcntl(pair.write_fd, F_GETPIPE_SZ), before);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, message, 50000, 0, -1), 0);
        /* The system may limit the user's pipes to less. */
        ck_assert_int_ge(fcntl(pair.write_fd, F_GETPIPE_SZ), before);
        pair_close(&pair);
        pair_open_small(&pair, KIND_PIPE);
        shmgr_connection_set_nonblocking(pair.writer, 1);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, message, 50000, 0, -1), 0);
        ck_assert_int_eq(fcntl(pair.write_fd, F_GETPIPE_SZ), 32 << 10);
        pair_close(&pair);
        free(message);
}
END_TEST

/* ---- Lengths over 2 GiB, without as much memory */

START_TEST(test_long_header_received) {
        size_t n = 0;
        void *data;
        Pair pair;

        pair_open(&pair, _i);
        write_raw(pair.write_fd, "ffffffff 0000000180000000 61");
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EMSGSIZE);
        ck_assert_uint_eq(n, sizeof(n) > 4 ? (size_t)6 << 30 : SIZE_MAX);
        n = 0;
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, &data, 4, 0, &n), -ENOBUFS);
        ck_assert_uint_eq(n, sizeof(n) > 4 ? (size_t)6 << 30 : SIZE_MAX);
        /* The stream ends long before the announced length. */
        shmgr_connection_close(pair.writer);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, INT64_MAX, &data, &n), -EPROTO);
        pair_close(&pair);
}
END_TEST

/* Sends size bytes and expects this header. The bytes take no memory: all pages map the page of zeroes. */
static void expect_header(size_t size, const char *hex) {
        int fds[2];
        char *pages =
                mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        ck_assert_ptr_ne(pages, MAP_FAILED);
        kind_open(KIND_PIPE, fds);
        pid_t pid = fork_child();
        if (pid == 0) {
                close(fds[0]);
                shmgr_connection *writer = connect_fd(fds[1], 0);
                _exit(shmgr_connection_send_bytes(writer, pages, size, 0, -1) == -EPIPE ? 0 : 1);
        }
        close(fds[1]);
        expect_raw(fds[0], hex);
        close(fds[0]);
        join_child(pid);
        munmap(pages, size);
}

START_TEST(test_long_header_sent) {
        expect_header(0x7fffffff, "7fffffff 00");
        if (sizeof(size_t) > 4) {
                expect_header((size_t)0x7fffffff + 1, "ffffffff 0000000080000000 00");
                expect_header((size_t)5 << 30, "ffffffff 0000000140000000 00");
        }
}
END_TEST

/* ---- Non-blocking */

static shmgr_connection *nonblocking(shmgr_connection *connection) {
        ck_assert_int_eq(shmgr_connection_set_nonblocking(connection, 1), 0);
        return connection;
}

START_TEST(test_nonblocking_receive_of_nothing) {
        char buffer[4];
        void *data;
        size_t n;
        Pair pair;

        pair_open_small(&pair, _i);
        nonblocking(pair.reader);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EAGAIN);
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 4, 0, &n), -EAGAIN);
        ck_assert_int_eq(shmgr_connection_skip(pair.reader), -EAGAIN);
        /* Only the connection is non-blocking; the mode of the descriptor is unchanged. */
        ck_assert_int_eq((fcntl(pair.read_fd, F_GETFL) & O_NONBLOCK) != 0, _i >= KIND_NO_WAIT_PIPE);
        pair_close(&pair);
}
END_TEST

/* Sends until the buffer is full; returns how many messages were accepted. The last one may be sent in part. */
static unsigned fill(shmgr_connection *writer, size_t size) {
        unsigned n = 0;

        for (;; n++) {
                char *message = pattern_new(size, n);
                int r = shmgr_connection_send_bytes(writer, message, size, 0, -1);
                /* The connection has copied the rest, so the caller may overwrite it. */
                memset(message, 'z', size);
                free(message);
                if (r == -EAGAIN)
                        return n;
                ck_assert_int_eq(r, 0);
        }
}

START_TEST(test_nonblocking_send_until_full) {
        static const size_t fill_sizes[] = {1, 4000, 4092, 10000, 100000, 1000000};

        for (size_t k = 0; k < sizeof(fill_sizes) / sizeof(fill_sizes[0]); k++) {
                Pair pair;
                pair_open_small(&pair, _i);
                nonblocking(pair.reader);
                unsigned n_sent = fill(nonblocking(pair.writer), fill_sizes[k]);
                ck_assert_uint_gt(n_sent, 0);
                unsigned n_received = 0;
                while (n_received < n_sent) {
                        void *data;
                        size_t n;
                        int r = shmgr_connection_recv_bytes(pair.reader, -1, &data, &n);
                        if (r == -EAGAIN) {
                                r = shmgr_connection_flush(pair.writer);
                                ck_assert(r == 0 || r == -EAGAIN);
                                continue;
                        }
                        ck_assert_int_eq(r, 0);
                        ck_assert_uint_eq(n, fill_sizes[k]);
                        expect_pattern(data, n, n_received++);
                        free(data);
                }
                ck_assert_int_eq(shmgr_connection_flush(pair.writer), 0);
                ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 0);
                pair_close(&pair);
        }
}
END_TEST

/* A blocking call, too, first sends the rest of the message before. */
START_TEST(test_rest_is_sent_before_the_next) {
        Pair pair;

        pair_open_small(&pair, _i);
        unsigned n = fill(nonblocking(pair.writer), 300000);
        ck_assert_uint_eq(n, 1);
        pid_t pid = fork_child();
        if (pid == 0) {
                shmgr_connection_close(pair.writer);
                receive(pair.reader, 300000, 0);
                receive(pair.reader, 5, 7);
                void *data;
                _exit(shmgr_connection_recv_bytes(pair.reader, -1, &data, NULL) == -ENODATA ? 0
                                                                                            : 1);
        }
        shmgr_connection_close(pair.reader);
        shmgr_connection_set_nonblocking(pair.writer, 0);
        char *message = pattern_new(5, 7);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, message, 5, 0, -1), 0);
        free(message);
        shmgr_connection_close(pair.writer);
        join_child(pid);
        pair_close(&pair);
}
END_TEST

/* A message begun by one receiving function is finished by any other. */
START_TEST(test_ways_of_receiving_mix) {
        enum { ROOM = 1 << 20 };
        char *buffer = malloc(ROOM);
        unsigned n_sent = 0, n_received = 0, n_calls = 0;
        Pair pair;

        pair_open_small(&pair, _i);
        nonblocking(pair.reader);
        nonblocking(pair.writer);
        while (n_received < 40) {
                char *message = pattern_new(200000 + n_sent, n_sent);
                int r = shmgr_connection_send_bytes(pair.writer, message, 200000 + n_sent, 0, -1);
                ck_assert(r == 0 || r == -EAGAIN);
                n_sent += r == 0;
                free(message);
                char *data = buffer;
                size_t n = 0;
                if (n_calls++ % 3 == 0)
                        r = shmgr_connection_recv_bytes_into(pair.reader, buffer, 100, 0, &n);
                else if (n_calls % 3 == 0)
                        r = shmgr_connection_recv_bytes_into(pair.reader, buffer, ROOM, 0, &n);
                else
                        r = shmgr_connection_recv_bytes(pair.reader, -1, (void **)&data, &n);
                if (r < 0) {
                        ck_assert(r == -EAGAIN || r == -ENOBUFS);
                        continue;
                }
                ck_assert_uint_eq(n, 200000 + n_received);
                expect_pattern(data, n, n_received++);
                if (data != buffer)
                        free(data);
        }
        free(buffer);
        pair_close(&pair);
}
END_TEST

/* A skip that was cut short continues in the next call of any kind. */
START_TEST(test_skip_goes_on) {
        char *message = pattern_new(300000, 1);
        void *data;
        size_t n;
        int r;
        Pair pair;

        pair_open_small(&pair, _i);
        nonblocking(pair.reader);
        nonblocking(pair.writer);
        for (int i = 0; i < 2; i++) {
                ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, message, 300000, 0, -1),
                                 0);
                ck_assert_int_eq(shmgr_connection_skip(pair.reader), -EAGAIN);
                while ((r = shmgr_connection_flush(pair.writer)) == -EAGAIN)
                        ck_assert_int_eq(shmgr_connection_skip(pair.reader), -EAGAIN);
                ck_assert_int_eq(r, 0);
                send_text(pair.writer, "next");
                if (i == 0)
                        ck_assert_int_eq(shmgr_connection_skip(pair.reader), 0);
                r = shmgr_connection_recv_bytes(pair.reader, -1, &data, &n);
                ck_assert_int_eq(r, 0);
                ck_assert_str_eq(data, "next");
                free(data);
        }
        free(message);
        pair_close(&pair);
}
END_TEST

/* A reader is closed within a message: the next reader must not take the following bytes for the rest. */
START_TEST(test_reader_goes_within_a_message) {
        Pair pair;

        pair_open_small(&pair, _i);
        int again = dup(pair.read_fd);
        ck_assert_uint_eq(fill(nonblocking(pair.writer), 1000000), 1);
        shmgr_connection_close(pair.reader);
        close(again);
        ck_assert_int_eq(shmgr_connection_flush(pair.writer), -EPIPE);
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, "a", 1, 0, -1), -EPIPE);
        pair_close(&pair);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-large");
        TCase *tcase = tcase_create("large");

        tcase_set_timeout(tcase, 30);
        tcase_add_loop_test(tcase, test_sizes, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_large_value, 0, N_KINDS);
        tcase_add_test(tcase, test_room_for_long_messages);
        tcase_add_loop_test(tcase, test_long_header_received, 0, N_KINDS);
        tcase_add_test(tcase, test_long_header_sent);
        tcase_add_loop_test(tcase, test_nonblocking_receive_of_nothing, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_nonblocking_send_until_full, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_rest_is_sent_before_the_next, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_ways_of_receiving_mix, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_skip_goes_on, 0, N_KINDS);
        tcase_add_loop_test(tcase, test_reader_goes_within_a_message, 0, N_KINDS);
        suite_add_tcase(suite, tcase);
        return suite;
}
