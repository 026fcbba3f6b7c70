/* The bound on the number of lines in the log. */
#include <stdint.h>
#include <stdlib.h>

#include "log-limit.h"
#include "tap-main.h"

enum { SECOND = 1000000000, BURST = 3 };

typedef struct Told {
        unsigned n;
        LogCount last;
} Told;

static void on_suppressed(void *userdata, const LogCount *count) {
        Told *told = userdata;

        told->n++;
        told->last = *count;
}

static unsigned write_many(LogLimit *limit, int kind, uid_t uid, int64_t now_ns, unsigned n) {
        unsigned n_written = 0;

        for (unsigned i = 0; i < n; i++)
                n_written += log_limit_allows(limit, kind, uid, now_ns, BURST);
        return n_written;
}

START_TEST(test_burst_and_number) {
        LogLimit limit = {0};
        Told told = {0};

        ck_assert_uint_eq(write_many(&limit, 1, 1000, SECOND, 10), BURST);
        /* The interval includes its last moment. */
        log_limit_expire(&limit, SECOND, on_suppressed, &told);
        ck_assert_uint_eq(told.n, 0);
        ck_assert_uint_eq(write_many(&limit, 1, 1000, 2 * (int64_t)SECOND, 5), 0);
        log_limit_expire(&limit, SECOND + 1, on_suppressed, &told);
        ck_assert_uint_eq(told.n, 1);
        ck_assert_int_eq(told.last.kind, 1);
        ck_assert_uint_eq(told.last.uid, 1000);
        ck_assert_uint_eq(told.last.n_written, BURST);
        ck_assert_uint_eq(told.last.n_suppressed, 10 - BURST + 5);
        ck_assert_uint_eq(write_many(&limit, 1, 1000, 3 * (int64_t)SECOND, 10), BURST);
        log_limit_deinit(&limit);
}
END_TEST

START_TEST(test_nothing_suppressed_is_nothing_told) {
        LogLimit limit = {0};
        Told told = {0};

        ck_assert_uint_eq(write_many(&limit, 1, 1000, SECOND, BURST), BURST);
        log_limit_expire(&limit, INT64_MAX, on_suppressed, &told);
        ck_assert_uint_eq(told.n, 0);
        ck_assert_uint_eq(table_size(&limit.counts), 0);
        log_limit_deinit(&limit);
}
END_TEST

START_TEST(test_kinds_and_users_have_their_own) {
        LogLimit limit = {0};
        Told told = {0};

        for (int kind = 0; kind < 4; kind++)
                for (uid_t uid = 0; uid < 4; uid++)
                        ck_assert_uint_eq(write_many(&limit, kind, uid, SECOND, 5), BURST);
        log_limit_expire(&limit, INT64_MAX, on_suppressed, &told);
        ck_assert_uint_eq(told.n, 16);
        log_limit_deinit(&limit);
}
END_TEST

/* A user with very many uids may write no more than one with many. */
START_TEST(test_very_many_users) {
        LogLimit limit = {0};
        Told told = {0};
        unsigned n = 0;

        for (uid_t uid = 0; uid < 100000; uid++)
                n += write_many(&limit, 1, uid, SECOND, 2);
        ck_assert_uint_eq(n, LOG_LIMIT_COUNTS_MAX * 2 + BURST);
        ck_assert_uint_eq(table_size(&limit.counts), LOG_LIMIT_COUNTS_MAX + 1);
        log_limit_expire(&limit, INT64_MAX, on_suppressed, &told);
        ck_assert_uint_eq(told.n, 1);
        ck_assert_uint_eq(told.last.uid, LOG_LIMIT_OTHERS);
        ck_assert_uint_eq(told.last.n_suppressed, 200000 - n);
        log_limit_deinit(&limit);
}
END_TEST

START_TEST(test_no_line_at_all) {
        LogLimit limit = {0};
        Told told = {0};

        ck_assert(!log_limit_allows(&limit, 1, 1000, SECOND, 0));
        log_limit_expire(&limit, INT64_MAX, on_suppressed, &told);
        ck_assert_uint_eq(told.n, 1);
        log_limit_deinit(&limit);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("log-limit");
        TCase *tcase = tcase_create("log-limit");

        tcase_add_test(tcase, test_burst_and_number);
        tcase_add_test(tcase, test_nothing_suppressed_is_nothing_told);
        tcase_add_test(tcase, test_kinds_and_users_have_their_own);
        tcase_add_test(tcase, test_very_many_users);
        tcase_add_test(tcase, test_no_line_at_all);
        suite_add_tcase(suite, tcase);
        return suite;
}
