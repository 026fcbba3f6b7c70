/* Connections: waiting for one connection, and for several. */
#include <errno.h>

#include <shmgr/shmgr.h>

#include "lib/connection-fixture.h"
#include "tap-main.h"

static void *data;
static size_t n;

/* ---- poll and wait */

START_TEST(test_poll) {
        Pair pair;

        pair_open(&pair, _i);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 0);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 30), 0);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, -2), -EINVAL);
        send_text(pair.writer, "a");
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 1);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, SHMGR_FOREVER), 1);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, INT64_MAX), 1);
        expect_message(pair.reader, "a");
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 0);
        shmgr_connection_close(pair.writer);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 1);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, SHMGR_FOREVER), 1);
        pair_close(&pair);
}
END_TEST

/* A message that was read completely, but did not fit the caller's buffer, can still be
 * received. */
START_TEST(test_poll_of_what_stayed) {
        Pair pair;

        pair_open(&pair, _i);
        send_text(pair.writer, "abc");
        ck_assert_int_eq(shmgr_connection_recv_bytes(pair.reader, 1, &data, &n), -EMSGSIZE);
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 1);
        expect_message(pair.reader, "abc");
        ck_assert_int_eq(shmgr_connection_poll(pair.reader, 0), 0);
        pair_close(&pair);
}
END_TEST

START_TEST(test_wait) {
        enum { N = 4 };
        shmgr_connection *readers[N];
        int ready[N];
        Pair pairs[N];

        for (int i = 0; i < N; i++) {
                pair_open(&pairs[i], i % 2 ? KIND_PIPE : KIND_SOCKET);
                readers[i] = pairs[i].reader;
        }
        ck_assert_int_eq(shmgr_connection_wait(readers, 0, SHMGR_FOREVER, NULL), 0);
        ck_assert_int_eq(shmgr_connection_wait(readers, N, 0, ready), 0);
        ck_assert_int_eq(shmgr_connection_wait(readers, N, 30, ready), 0);
        ck_assert_int_eq(ready[0] + ready[1] + ready[2] + ready[3], 0);
        ck_assert_int_eq(shmgr_connection_wait(readers, N, -2, ready), -EINVAL);
        send_text(pairs[1].writer, "a");
        shmgr_connection_close(pairs[2].writer);
        ck_assert_int_eq(shmgr_connection_wait(readers, N, SHMGR_FOREVER, ready), 2);
        ck_assert_int_eq(ready[0], 0);
        ck_assert_int_eq(ready[1], 1);
        ck_assert_int_eq(ready[2], 1);
        ck_assert_int_eq(ready[3], 0);
        shmgr_connection_close(pairs[3].reader);
        ck_assert_int_eq(shmgr_connection_wait(readers, N, 0, ready), -EBADF);
        readers[3] = pairs[1].writer;
        ck_assert_int_eq(shmgr_connection_wait(readers, N, 0, ready), -EPERM);
        for (int i = 0; i < N; i++)
                pair_close(&pairs[i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("connection-poll");
        TCase *kinds = tcase_create("each kind of descriptor");
        TCase *rest = tcase_create("rest");

        tcase_add_loop_test(kinds, test_poll, 0, N_KINDS);
        tcase_add_loop_test(kinds, test_poll_of_what_stayed, 0, N_KINDS);
        tcase_add_test(rest, test_wait);
        suite_add_tcase(suite, kinds);
        suite_add_tcase(suite, rest);
        return suite;
}
