/* Connections: the framing, values, parts of buffers, and messages that do not fit. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <json-c/json.h>
#include <shmgr/shmgr.h>

#include "lib/connection-fixture.h"
#include "lib/daemon-fixture.h"
#include "tap-main.h"

static void *data;
static size_t n;
static char buffer[64];

/* ---- Framing */

START_TEST(test_bytes_on_the_descriptor) {
        int fds[2];

        kind_open(_i, fds);
        shmgr_connection *writer = connect_fd(fds[1], SHMGR_CONNECTION_WRITABLE);
        send_text(writer, "abc");
        send_text(writer, "");
        send_text(writer, "d");
        expect_raw(fds[0], "00000003 616263  00000000  00000001 64");
        shmgr_connection_unref(writer);
        close(fds[0]);
}
END_TEST

START_TEST(test_bytes_from_the_descriptor) {
        int fds[2];

        kind_open(_i, fds);
        shmgr_connection *reader = connect_fd(fds[0], SHMGR_CONNECTION_READABLE);
        /* The long form of a header is valid for a short length, too. */
        write_raw(fds[1], "00000003 616263  00000000  ffffffff 0000000000000002 6465");
        expect_message(reader, "abc");
        expect_message(reader, "");
        expect_message(reader, "de");
        shmgr_connection_unref(reader);
        close(fds[1]);
}
END_TEST

/* Bytes behind a message stay in the kernel for the next reader, which may be another process. */
START_TEST(test_nothing_is_read_beyond_a_message) {
        Pair pair;

        pair_open(&pair, _i);
        write_raw(pair.write_fd, "00000003 616263  00000001 64  00000002 6566  00000002 6768  99");
        expect_message(pair.reader, "abc");
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 64, 0, &n), 0);
        ck_assert_int_eq(shmgr_connection_skip(pair.reader), 0);
        expect_raw(pair.read_fd, "00000002 6768  99");
        pair_close(&pair);
}
END_TEST

START_TEST(test_header_one_byte_at_a_time) {
        const char *const bytes[] = {"00", "00", "00", "02", "61"};
        Pair pair;

        pair_open(&pair, _i);
        shmgr_connection_set_nonblocking(pair.reader, 1);
        for (int i = 0; i < 5; i++) {
                ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EAGAIN);
                write_raw(pair.write_fd, bytes[i]);
        }
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EAGAIN);
        write_raw(pair.write_fd, "62");
        expect_message(pair.reader, "ab");
        pair_close(&pair);
}
END_TEST

/* ---- Values */

START_TEST(test_values) {
        static const char *const texts[] = {
                "null", "true", "-9223372036854775808",     "0.5",
                "\"\"", "[]",   "{\"a\":[1,{\"b\":null}]}",
        };
        struct json_object *value;
        Pair pair;

        pair_open(&pair, _i);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                value = i ? json_of(texts[i]) : NULL;
                ck_assert_int_eq(shmgr_connection_send(pair.writer, value), 0);
                json_object_put(value);
                ck_assert_int_eq(shmgr_connection_recv(pair.reader, &value), 0);
                expect_json(value, texts[i]);
        }
        pair_close(&pair);
}
END_TEST

START_TEST(test_value_that_json_has_not) {
        struct json_object *value = json_object_new_double(NAN);
        Pair pair;

        pair_open(&pair, _i);
        ck_assert_int_eq(shmgr_connection_send(pair.writer, value), -EINVAL);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 0);
        json_object_put(value);
        pair_close(&pair);
}
END_TEST

START_TEST(test_message_that_is_no_json) {
        static const char *const texts[] = {
                "", "{", "NaN", "01", "[1] 2", "\"\xff\"", "{\"a\":1,\"a\":2}"};
        struct json_object *value;
        Pair pair;

        pair_open(&pair, _i);
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                send_text(pair.writer, texts[i]);
        send_text(pair.writer, "[1]");
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                ck_assert_int_eq(shmgr_connection_recv(pair.reader, &value), -EBADMSG);
        ck_assert_int_eq(shmgr_connection_recv(pair.reader, &value), 0);
        expect_json(value, "[1]");
        pair_close(&pair);
}
END_TEST

/* Nested deeper than a recursive parser's stack could bear. */
START_TEST(test_value_that_is_too_deep) {
        enum { DEPTH = 100000 };
        struct json_object *value;
        char *text = malloc(2 * DEPTH);
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        shmgr_connection *reader = connect_fd(fds[0], 0);
        shmgr_connection *writer = connect_fd(fds[1], 0);
        memset(text, '[', DEPTH);
        memset(text + DEPTH, ']', DEPTH);
        shmgr_connection_set_nonblocking(writer, 1);
        ck_assert_int_eq(shmgr_connection_send_bytes(writer, text, 2 * DEPTH, 0, -1), 0);
        shmgr_connection_set_nonblocking(reader, 1);
        int r;
        while ((r = shmgr_connection_recv(reader, &value)) == -EAGAIN)
                shmgr_connection_flush(writer);
        ck_assert_int_eq(r, -EBADMSG);
        free(text);
        shmgr_connection_unref(reader);
        shmgr_connection_unref(writer);
}
END_TEST

/* ---- Parts of buffers */

START_TEST(test_part_to_send) {
        static const struct {
                int64_t offset, size;
                const char *text; /* NULL: the call fails */
        } rows[] = {
                {0, -1, "hello"},
                {1, -1, "ello"},
                {5, -1, ""},
                {0, 0, ""},
                {1, 3, "ell"},
                {2, 3, "llo"},
                {5, 0, ""},
                {-1, -1, NULL},
                {6, -1, NULL},
                {0, -2, NULL},
                {0, 6, NULL},
                {3, 3, NULL},
                {INT64_MAX, INT64_MAX, NULL},
                {INT64_MIN, -1, NULL},
        };
        Pair pair;

        pair_open(&pair, KIND_PIPE);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                int r = shmgr_connection_send_bytes(pair.writer, "hello", 5, rows[i].offset,
                                                    rows[i].size);
                ck_assert_msg(r == (rows[i].text ? 0 : -EINVAL), "row %zu: %d", i, r);
                if (rows[i].text)
                        expect_message(pair.reader, rows[i].text);
        }
        ck_assert_int_eq(shmgr_connection_send_bytes(pair.writer, NULL, 0, 0, -1), 0);
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, NULL, 0, 0, &n), 0);
        ck_assert_uint_eq(n, 0);
        pair_close(&pair);
}
END_TEST

START_TEST(test_part_to_receive_into) {
        Pair pair;

        pair_open(&pair, KIND_PIPE);
        send_text(pair.writer, "hello");
        memset(buffer, '.', sizeof(buffer));
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 64, -1, &n),
                         -EINVAL);
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 64, 65, &n),
                         -EINVAL);
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 64, 59, &n), 0);
        ck_assert_uint_eq(n, 5);
        ck_assert_mem_eq(buffer + 55, "....hello", 9);
        send_text(pair.writer, "");
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 64, 64, &n), 0);
        ck_assert_uint_eq(n, 0);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -2, &data, &n), -EINVAL);
        pair_close(&pair);
}
END_TEST

/* ---- Messages that do not fit */

START_TEST(test_too_long_stays) {
        Pair pair;

        pair_open(&pair, _i);
        send_text(pair.writer, "hello");
        send_text(pair.writer, "world");
        for (int i = 0; i < 3; i++) {
                n = 0;
                ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, 4, &data, &n), -EMSGSIZE);
                ck_assert_uint_eq(n, 5);
        }
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, 5, &data, NULL), 0);
        ck_assert_str_eq(data, "hello");
        free(data);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, 0, &data, NULL), -EMSGSIZE);
        expect_message(pair.reader, "world");
        pair_close(&pair);
}
END_TEST

START_TEST(test_too_long_is_skipped) {
        Pair pair;

        pair_open(&pair, _i);
        send_text(pair.writer, "hello");
        send_text(pair.writer, "dropped");
        send_text(pair.writer, "world");
        ck_assert_int_eq(shmgr_connection_set_maxlength(pair.reader, 4), 0);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EMSGSIZE);
        ck_assert_int_eq(shmgr_connection_skip(pair.reader), 0);
        ck_assert_int_eq(shmgr_connection_skip(pair.reader), 0);
        ck_assert_int_eq(shmgr_connection_set_maxlength(pair.reader, 5), 0);
        expect_message(pair.reader, "world");
        ck_assert_int_eq(shmgr_connection_set_maxlength(pair.reader, -1), -EINVAL);
        pair_close(&pair);
}
END_TEST

START_TEST(test_short_buffer_leaves_the_message) {
        Pair pair;

        pair_open(&pair, _i);
        send_text(pair.writer, "hello");
        for (size_t room = 0; room < 5; room++) {
                n = 0;
                ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, room, 0, &n),
                                 -ENOBUFS);
                ck_assert_uint_eq(n, 5);
        }
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 8, 4, NULL),
                         -ENOBUFS);
        ck_assert_int_eq(shmgr_connection_recv_bytes_into(pair.reader, buffer, 8, 3, &n), 0);
        ck_assert_mem_eq(buffer + 3, "hello", 5);
        pair_close(&pair);
}
END_TEST

/* No memory is allocated for a length that is only announced. */
START_TEST(test_announced_length_takes_no_memory) {
        Pair pair;
        long before, after;

        pair_open(&pair, KIND_PIPE);
        shmgr_connection_set_nonblocking(pair.reader, 1);
        write_raw(pair.write_fd, "0ff00000 6162");
        FILE *statm = fopen("/proc/self/statm", "r");
        ck_assert_ptr_nonnull(statm);
        ck_assert_int_eq(fscanf(statm, "%ld", &before), 1);
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, -1, &data, &n), -EAGAIN);
        statm = freopen("/proc/self/statm", "r", statm);
        ck_assert_int_eq(fscanf(statm, "%ld", &after), 1);
        fclose(statm);
        ck_assert_msg((after - before) * sysconf(_SC_PAGESIZE) < 32 << 20, "%ld pages more",
                      after - before);
        pair_close(&pair);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection");
        TCase *kinds = tcase_create("each kind of descriptor");
        TCase *rest = tcase_create("rest");

        tcase_add_loop_test(kinds, test_bytes_on_the_descriptor, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_bytes_from_the_descriptor, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_nothing_is_read_beyond_a_message, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_header_one_byte_at_a_time, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_values, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_value_that_json_has_not, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_message_that_is_no_json, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_too_long_stays, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_too_long_is_skipped, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_short_buffer_leaves_the_message, 0, N_KINDS);
        tcase_add_test(rest, test_value_that_is_too_deep);
        tcase_add_test(rest, test_part_to_send);
        tcase_add_test(rest, test_part_to_receive_into);
        tcase_add_test(rest, test_announced_length_takes_no_memory);
        suite_add_tcase(suite, kinds);
        suite_add_tcase(suite, rest);
        return suite;
}
