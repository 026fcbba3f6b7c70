/* The cost of a scan: bounds of members and depth, duplicate keys among many, linear time. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/macros.h"
#include "expect.h"
#include "json/json-scan.h"
#include "tap-main.h"

static const JsonLimits limits = {.max_depth = 32, .max_members = 65536};

/* ---- Builders of large texts */

static char *repeat(const char *first, const char *item, size_t n_items, const char *last,
                    size_t *ret_n) {
        size_t n_first = strlen(first), n_item = strlen(item), n_last = strlen(last);
        *ret_n = n_first + n_items * n_item + n_last;
        char *text = malloc(*ret_n + 1);
        EXPECT(text);
        char *at = stpcpy(text, first);
        for (size_t i = 0; i < n_items; i++)
                at = stpcpy(at, item);
        stpcpy(at, last);
        return text;
}

/* Makes an object of n keys, each the prefix and a number; if `last` is not NULL it replaces the last
 * key. */
static char *object_of(size_t n, const char *prefix, const char *last, size_t *ret_n) {
        char *text = malloc(n * 64 + 64), *at = text;
        EXPECT(text);
        *at++ = '{';
        for (size_t i = 0; i < n; i++) {
                bool is_last = i == n - 1;
                *at++ = '"';
                if (is_last && last)
                        at = stpcpy(at, last);
                else
                        at += snprintf(at, 48, "%s%u", prefix, (unsigned)i);
                at = stpcpy(at, is_last ? "\":0" : "\":0,");
        }
        *at++ = '}';
        *ret_n = (size_t)(at - text);
        return text;
}

static int scan_and_free(char *text, size_t n, const JsonLimits *bounds, JsonScan *ret) {
        int r = json_scan(text, n, bounds, ret);
        free(text);
        return r;
}

START_TEST(bounds_members_of_an_array) {
        size_t n;
        JsonScan scan;
        char *text = repeat("[0", ",0", 65535, "]", &n);
        ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), 0);
        ck_assert_uint_eq(scan.n_values, 65537);
        text = repeat("[0", ",0", 65536, "]", &n);
        ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), -EMSGSIZE);
        ck_assert_uint_eq(scan.error_offset, n - 2);
        text = repeat("[0", ",0", 1000000, "]", &n);
        ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), -EMSGSIZE);
}
END_TEST

START_TEST(bounds_members_of_an_object) {
        size_t n;
        JsonScan scan;
        char *text = object_of(65536, "", NULL, &n);
        ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), 0);
        text = object_of(65537, "", NULL, &n);
        ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), -EMSGSIZE);
}
END_TEST

START_TEST(bounds_members_of_all_containers_together) {
        JsonLimits three = {.max_depth = 3, .max_members = 3};
        JsonScan scan;
        ck_assert_int_eq(json_scan("[[0],0]", 7, &three, &scan), 0);
        ck_assert_int_eq(json_scan("[[0],{\"a\":0}]", 13, &three, &scan), -EMSGSIZE);
        ck_assert_int_eq(json_scan("[[0,0],0]", 9, &three, &scan), -EMSGSIZE);
        JsonLimits none = {};
        ck_assert_int_eq(json_scan("\"a\"", 3, &none, &scan), 0);
        ck_assert_int_eq(json_scan("[]", 2, &none, &scan), -EMSGSIZE);
        none.max_depth = 1;
        ck_assert_int_eq(json_scan("[]", 2, &none, &scan), 0);
        ck_assert_int_eq(json_scan("[0]", 3, &none, &scan), -EMSGSIZE);
}
END_TEST

START_TEST(bounds_depth) {
        size_t n;
        JsonScan scan;
        char *text = repeat("", "[", 100000, "", &n);
        ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), -EMSGSIZE);
        ck_assert_uint_eq(scan.error_offset, 32);
        text = repeat("", "{\"a\":", 100000, "", &n);
        ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), -EMSGSIZE);
        ck_assert_uint_eq(scan.error_offset, 32 * 5);

        /* If the bound allows deep nesting, the scan uses memory of the heap, not of the stack. */
        JsonLimits deep = {.max_depth = 100000, .max_members = 100000};
        text = repeat("", "[", 100000, "", &n);
        ck_assert_int_eq(scan_and_free(text, n, &deep, &scan), -EBADMSG);
        ck_assert_uint_eq(scan.error_offset, n);
        text = repeat("", "[", 100001, "", &n);
        ck_assert_int_eq(scan_and_free(text, n, &deep, &scan), -EMSGSIZE);
}
END_TEST

/* Few keys are compared, many are hashed: sizes around the switch from one to the other, and far from
 * it. */
START_TEST(finds_a_doubled_key_among_many) {
        static const size_t sizes[] = {2, 7, 8, 9, 10, 11, 31, 32, 33, 64, 65, 1000, 60000};
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                for (unsigned twin = 0; twin < sizes[i] - 1; twin += 1 + twin * 7) {
                        char last[32];
                        size_t n;
                        JsonScan scan;
                        snprintf(last, sizeof(last), "\\u00%02xey%u", 'k', twin);
                        char *text = object_of(sizes[i], "key", last, &n);
                        EXPECT(scan_and_free(text, n, &limits, &scan) == -EBADMSG);
                        EXPECT(scan.error_offset == n - strlen(last) - 5);
                        snprintf(last, sizeof(last), "key%u", twin);
                        text = object_of(sizes[i], "\\u006bey", last, &n);
                        EXPECT(scan_and_free(text, n, &limits, &scan) == -EBADMSG);
                }
                size_t n;
                JsonScan scan;
                char *text = object_of(sizes[i], "key", "other", &n);
                ck_assert_int_eq(scan_and_free(text, n, &limits, &scan), 0);
        }
}
END_TEST

/* An equal key in a sibling or a nested object is no duplicate. */
START_TEST(tells_objects_apart) {
        static const char keys[] = "\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,"
                                   "\"h\":0,\"i\":0,\"j\":0,\"k\":0,";
        char item[256], text[32 * 256], *at = text;
        JsonScan scan;
        size_t n;
        snprintf(item, sizeof(item), "{%s\"l\":0},", keys);
        char *row = repeat("[", item, 100, "0]", &n);
        ck_assert_int_eq(scan_and_free(row, n, &limits, &scan), 0);

        /* Each object contains the next one in its middle, and has a last key of its own behind it. */
        for (int i = 0; i < 30; i++)
                at += sprintf(at, "{%s\"l\":", keys);
        at = stpcpy(at, "0");
        for (int i = 0; i < 30; i++)
                at = stpcpy(at, ",\"m\":0}");
        ck_assert_int_eq(json_scan(text, (size_t)(at - text), &limits, &scan), 0);
        memcpy(at - 5, "k", 1); /* a duplicate in the outermost object */
        ck_assert_int_eq(json_scan(text, (size_t)(at - text), &limits, &scan), -EBADMSG);
        ck_assert_uint_eq(scan.error_offset, (size_t)(at - text) - 6);
}
END_TEST

/* Appends a member whose key ends with the digit; long keys differ only there. */
static char *add_key(char *at, bool is_long, bool is_escaped, int digit) {
        char before = at[-1];
        *at++ = before == '{' ? ' ' : ',';
        *at++ = '"';
        for (int i = 0; is_long && i < 1000; i++)
                at = stpcpy(at, is_escaped && i == 500 ? "\\u0061" : "a");
        return at + sprintf(at, "%d\":0", digit);
}

/* Short and long keys in each order, scanned in one piece and in two, between which the text moves. */
START_TEST(tells_long_keys_apart) {
        enum { KEYS = 6, SIZE = 10000 };
        char *text = malloc(SIZE), *moved = malloc(SIZE);
        EXPECT(text && moved);
        for (int mask = 0; mask < 1 << KEYS; mask++) {
                for (int doubled = -1; doubled < KEYS; doubled++) {
                        char *at = text;
                        *at++ = '{';
                        for (int i = 0; i < KEYS; i++)
                                at = add_key(at, mask >> i & 1, false, i);
                        if (doubled >= 0)
                                at = add_key(at, mask >> doubled & 1, true, doubled);
                        *at++ = '}';
                        size_t n = (size_t)(at - text);
                        int wanted = doubled < 0 ? 0 : -EBADMSG;
                        JsonScan scan;
                        EXPECT(json_scan(text, n, &limits, &scan) == wanted);
                        JsonScanner *scanner = json_scanner_new(&limits);
                        EXPECT(scanner);
                        json_scanner_advance(scanner, text, n / 2);
                        memcpy(moved, text, n);
                        memset(text, 'x', n);
                        EXPECT(json_scanner_finish(scanner, moved, n, &scan) == wanted);
                        json_scanner_free(scanner);
                }
        }
        free(text);
        free(moved);
}
END_TEST

static double cpu_seconds(void) {
        struct timespec now;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Returns the shortest of three times. */
static double scan_seconds(const char *text, size_t n) {
        JsonLimits wide = {.max_depth = 1000000, .max_members = SIZE_MAX};
        double best = 1e9;
        for (int i = 0; i < 3; i++) {
                JsonScan scan;
                double begin = cpu_seconds();
                json_scan(text, n, &wide, &scan);
                double taken = cpu_seconds() - begin;
                best = taken < best ? taken : best;
        }
        return best;
}

/* A text of eight times the size takes about eight times as long; a quadratic scan would take 64
 * times, which is seconds. Shorter times are ignored, since cache misses of other programs decide
 * them. */
static void assert_linear(char *(*make)(size_t scale, size_t *ret_n)) {
        size_t n_small, n_large;
        char *small = make(1, &n_small), *large = make(8, &n_large);
        double seconds = scan_seconds(large, n_large);
        double ratio = seconds / scan_seconds(small, n_small);
        free(small);
        free(large);
        ck_assert_msg(seconds < 1 || ratio < 32, "%g seconds, %g times as long", seconds, ratio);
}

static char *make_keys(size_t scale, size_t *ret_n) {
        return object_of(20000 * scale, "a key of some length ", NULL, ret_n);
}

static char *make_deep(size_t scale, size_t *ret_n) {
        return repeat("", "{\"a\":[", 50000 * scale, "", ret_n);
}

static char *make_string(size_t scale, size_t *ret_n) {
        return repeat("\"", "plain \\u00e9\xc3\xa9\\n", 50000 * scale, "\"", ret_n);
}

static char *make_number(size_t scale, size_t *ret_n) {
        return repeat("1", "0", 100000 * scale, ".5e-9999999", ret_n);
}

static char *make_fraction(size_t scale, size_t *ret_n) {
        return repeat("0.", "0", 100000 * scale, "1e9999999", ret_n);
}

static char *make_blanks(size_t scale, size_t *ret_n) {
        return repeat("[", " \n", 500000 * scale, "]", ret_n);
}

static char *make_escaped_keys(size_t scale, size_t *ret_n) {
        return object_of(20000 * scale, "\\u0061\\ud83d\\ude00", NULL, ret_n);
}

static char *(*const makers[])(size_t, size_t *) = {
        make_keys,   make_escaped_keys, make_deep,   make_string,
        make_number, make_fraction,     make_blanks,
};

START_TEST(takes_linear_time) {
        assert_linear(makers[_i]);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json-bounds");
        TCase *tcase = tcase_create("json-bounds");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, bounds_members_of_an_array);
        tcase_add_test(tcase, bounds_members_of_an_object);
        tcase_add_test(tcase, bounds_members_of_all_containers_together);
        tcase_add_test(tcase, bounds_depth);
        tcase_add_test(tcase, finds_a_doubled_key_among_many);
        tcase_add_test(tcase, tells_objects_apart);
        tcase_add_test(tcase, tells_long_keys_apart);
        tcase_add_loop_test(tcase, takes_linear_time, 0, ELEMENTSOF(makers));
        suite_add_tcase(suite, tcase);
        return suite;
}
