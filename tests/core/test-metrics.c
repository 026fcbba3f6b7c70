/* The text of shmgrctl metrics for replies that a daemon of this version does not make: names that need
 * escapes, unknown counters, missing members. */
#include <string.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "metrics.h"
#include "tap-main.h"

/* Returns the text for this result; the next call overwrites it. */
static const char *text_of(const char *stats_text, const char *version) {
        static const JsonLimits limits = {.max_depth = 10, .max_members = 1000};
        CLEANUP(json_putp) struct json_object *stats = NULL;
        static Buffer b;

        ck_assert_int_eq(json_parse(stats_text, strlen(stats_text), &limits, &stats, NULL), 0);
        buffer_truncate(&b, 0);
        ck_assert_int_eq(metrics_write(&b, stats, version), 0);
        ck_assert_int_eq(buffer_append(&b, "", 1), 0);
        return buffer_bytes(&b);
}

static void expect_line(const char *text, const char *line) {
        const char *at = strstr(text, line);

        ck_assert_msg(at && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n',
                      "there is no line %s in:\n%s", line, text);
}

START_TEST(test_escapes) {
        const char *text = text_of("{\"methods\":{\"a\\\"b\\\\c\\nd\":{\"calls\":3}}}", "1\"2");

        expect_line(text, "shmgr_method_calls_total{method=\"a\\\"b\\\\c\\nd\"} 3");
        expect_line(text, "shmgr_build_info{version=\"1\\\"2\"} 1");
}
END_TEST

START_TEST(test_times_are_exact) {
        const char *text = text_of("{\"uptime_ms\":12005,"
                                   "\"methods\":{\"m\":{\"total_us\":7000001,\"max_us\":42}}}",
                                   NULL);

        expect_line(text, "shmgr_uptime_seconds 12.005");
        expect_line(text, "shmgr_method_seconds_total{method=\"m\"} 7.000001");
        expect_line(text, "shmgr_method_longest_seconds{method=\"m\"} 0.000042");
}
END_TEST

START_TEST(test_unknown_counter) {
        const char *text = text_of("{\"counters\":{\"calls\":1,\"wonders\":2,\"odd\":null}}", NULL);

        expect_line(text, "shmgr_calls_total 1");
        expect_line(text, "# TYPE shmgr_wonders counter");
        expect_line(text, "shmgr_wonders_total 2");
        ck_assert_ptr_null(strstr(text, "odd"));
        ck_assert_ptr_null(strstr(text, "errors"));
}
END_TEST

START_TEST(test_nothing) {
        ck_assert_str_eq(text_of("null", NULL), "# TYPE shmgr_up gauge\n"
                                                "# HELP shmgr_up Whether the daemon answered.\n"
                                                "shmgr_up 0\n"
                                                "# EOF\n");
        ck_assert_ptr_nonnull(
                strstr(text_of("{\"users\":[],\"methods\":{}}", NULL), "shmgr_up 1\n# EOF\n"));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("metrics");
        TCase *tc = tcase_create("metrics");

        tcase_add_test(tc, test_escapes);
        tcase_add_test(tc, test_times_are_exact);
        tcase_add_test(tc, test_unknown_counter);
        tcase_add_test(tc, test_nothing);
        suite_add_tcase(suite, tc);
        return suite;
}
