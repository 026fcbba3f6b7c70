/* Equality, order and size of values. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/json-oracle.h"
#include "json/json-cost.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "tap-main.h"

static struct json_object *parse(const char *text) {
        static const JsonLimits limits = {.max_depth = 5000, .max_members = 65536};
        struct json_object *value;
        if (json_parse(text, strlen(text), &limits, &value, NULL) < 0)
                ck_abort_msg("%s", text);
        return value;
}

START_TEST(kinds_have_names) {
        static const struct {
                const char *text, *name;
        } kinds[] = {{"null", "null"},   {"true", "boolean"}, {"1", "integer"}, {"1.5", "number"},
                     {"\"\"", "string"}, {"[]", "array"},     {"{}", "object"}};
        for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
                struct json_object *value = parse(kinds[i].text);
                ck_assert_str_eq(json_kind_name(value), kinds[i].name);
                json_object_put(value);
        }
}
END_TEST

/* Two values, in JSON. */
static const struct {
        const char *a, *b;
        bool is_equal;
} pairs[] = {
        {"null", "null", true},
        {"null", "false", false},
        {"null", "0", false},
        {"true", "true", true},
        {"true", "false", false},
        {"true", "1", false},
        {"false", "0", false},
        {"1", "1", true},
        {"1", "1.0", true},
        {"0", "-0.0", true},
        {"0.0", "-0.0", true},
        {"1", "1.5", false},
        {"1", "\"1\"", false},
        {"9007199254740993", "9007199254740992.0", false},
        {"9007199254740992", "9007199254740992.0", true},
        {"9223372036854775807", "9223372036854775808.0", false},
        {"-9223372036854775808", "-9223372036854775808.0", true},
        {"-9223372036854775807", "-9223372036854775808.0", false},
        {"\"\"", "\"\"", true},
        {"\"a\"", "\"b\"", false},
        {"\"a\"", "\"a\\u0000\"", false},
        {"\"a\\u0000b\"", "\"a\\u0000c\"", false},
        {"\"\\u00e9\"", "\"\xc3\xa9\"", true},
        {"\"\"", "null", false},
        {"[]", "[]", true},
        {"[]", "{}", false},
        {"[]", "null", false},
        {"[1,2]", "[1,2]", true},
        {"[1,2]", "[1.0,2.0]", true},
        {"[1,2]", "[2,1]", false},
        {"[1,2]", "[1,2,3]", false},
        {"[null]", "[null]", true},
        {"[null]", "[[]]", false},
        {"[[1],[2]]", "[[1],[3]]", false},
        {"{}", "{}", true},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
        {"{\"a\":1,\"b\":2}", "{\"a\":1}", false},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"{\"a\":null}", "{\"b\":null}", false},
        {"{\"a\":null}", "{\"a\":null}", true},
        {"{\"a\":[{\"b\":[1]}],\"c\":{}}", "{\"c\":{},\"a\":[{\"b\":[1.0]}]}", true},
        {"{\"a\":[{\"b\":[1]}],\"c\":{}}", "{\"c\":{},\"a\":[{\"b\":[2]}]}", false},
};

START_TEST(equality_is_deep_and_goes_both_ways) {
        struct json_object *a = parse(pairs[_i].a), *b = parse(pairs[_i].b);
        ck_assert_msg(json_equal(a, b) == pairs[_i].is_equal, "%s %s", pairs[_i].a, pairs[_i].b);
        ck_assert_msg(json_equal(b, a) == pairs[_i].is_equal, "%s %s", pairs[_i].b, pairs[_i].a);
        ck_assert(json_equal(a, a));
        json_object_put(a);
        json_object_put(b);
}
END_TEST

/* The values of each row are in ascending order, and no two are equal. */
static const char *const rows[][8] = {
        {"-9223372036854775809.0e1", "-9223372036854775808", "-9223372036854775807", "-1.5", "-1",
         "-5e-324", "0", "5e-324"},
        {"0.5", "1", "9007199254740992.0", "9007199254740993", "9007199254740994.0",
         "9223372036854775807", "9223372036854775808.0", "1e300"},
        {"\"\"", "\"\\u0000\"", "\"A\"", "\"a\"", "\"a\\u0000\"", "\"ab\"", "\"b\"",
         "\"\xc3\xa9\""},
        {"\"\x7f\"", "\"\\u0080\"", "\"\\u07ff\"", "\"\\u0800\"", "\"\\ud7ff\"", "\"\\ue000\"",
         "\"\\uffff\"", "\"\\ud800\\udc00\""},
        {"[]", "[0]", "[0,0]", "[0,1]", "[0.5]", "[1]", "[1,[2]]", "[1,[2,3]]"},
        {"[[[1]]]", "[[[1,null]]]", "[[[2]]]", "[[[2],null]]", "[[[2],null,1]]",
         "[[[2],null,1,{}]]", "[[[2],null,1,{},\"\"]]", "[[[2],null,2]]"},
};

static int sign(int x) {
        return (x > 0) - (x < 0);
}

START_TEST(order_is_that_of_python) {
        for (int i = 0; i < 8; i++)
                for (int j = 0; j < 8; j++) {
                        struct json_object *a = parse(rows[_i][i]), *b = parse(rows[_i][j]);
                        int order = 99;
                        ck_assert_int_eq(json_order(a, b, &order), 0);
                        ck_assert_msg(sign(order) == sign(i - j), "%s %s: %d", rows[_i][i],
                                      rows[_i][j], order);
                        json_object_put(a);
                        json_object_put(b);
                }
}
END_TEST

START_TEST(some_equal_values_have_an_order) {
        static const char *const equals[][2] = {{"1", "1.0"},         {"[1,2]", "[1.0,2]"},
                                                {"[null]", "[null]"}, {"[{}]", "[{}]"},
                                                {"true", "true"},     {"-0.0", "0"}};
        for (size_t i = 0; i < ELEMENTSOF(equals); i++) {
                struct json_object *a = parse(equals[i][0]), *b = parse(equals[i][1]);
                int order = 99;
                ck_assert_int_eq(json_order(a, b, &order), 0);
                ck_assert_int_eq(order, 0);
                json_object_put(a);
                json_object_put(b);
        }
        struct json_object *no = parse("false"), *yes = parse("true");
        int order;
        ck_assert_int_eq(json_order(no, yes, &order), 0);
        ck_assert_int_lt(order, 0);
        ck_assert_int_eq(json_order(yes, no, &order), 0);
        ck_assert_int_gt(order, 0);
        json_object_put(no);
        json_object_put(yes);
}
END_TEST

static const char *const unordered[][2] = {
        {"null", "null"},       {"{}", "{}"},          {"{}", "{\"a\":1}"}, {"null", "0"},
        {"1", "\"1\""},         {"true", "1"},         {"false", "null"},   {"[]", "{}"},
        {"[]", "\"\""},         {"[1]", "1"},          {"[null]", "[1]"},   {"[{}]", "[{\"a\":1}]"},
        {"[1,\"a\"]", "[1,2]"}, {"[[true]]", "[[1]]"},
};

START_TEST(other_pairs_have_no_order) {
        struct json_object *a = parse(unordered[_i][0]), *b = parse(unordered[_i][1]);
        int order = 99;
        ck_assert_int_eq(json_order(a, b, &order), -EDOM);
        ck_assert_int_eq(json_order(b, a, &order), -EDOM);
        ck_assert_int_eq(order, 99);
        json_object_put(a);
        json_object_put(b);
}
END_TEST

START_TEST(nan_is_equal_to_nothing) {
        struct json_object *nan = json_object_new_double(NAN), *one = json_object_new_int(1);
        struct json_object *large = json_object_new_uint64(UINT64_MAX);
        int order;
        ck_assert(!json_equal(nan, nan));
        ck_assert_int_eq(json_order(nan, one, &order), -EDOM);
        ck_assert_int_eq(json_order(one, nan, &order), -EDOM);
        ck_assert_int_eq(json_order(one, large, &order), 0);
        ck_assert_int_lt(order, 0);
        json_object_put(nan);
        json_object_put(one);
        json_object_put(large);
}
END_TEST

/* The daemon's parser makes no unsigned integers, but json-c can. */
START_TEST(unsigned_integers_are_compared_exactly) {
        struct json_object *large = json_object_new_uint64((UINT64_C(1) << 63) + 5);
        struct json_object *less = json_object_new_double(0x1p63);
        struct json_object *more = json_object_new_double(0x1p63 + 2048);
        int order;
        ck_assert_int_eq(json_order(large, less, &order), 0);
        ck_assert_int_gt(order, 0);
        ck_assert_int_eq(json_order(large, more, &order), 0);
        ck_assert_int_lt(order, 0);
        ck_assert(!json_equal(large, less));
        json_object_put(large);
        json_object_put(less);
        json_object_put(more);
}
END_TEST

START_TEST(values_and_levels_are_counted) {
        static const struct {
                const char *text;
                size_t n_values;
                unsigned depth;
        } sizes[] = {
                {"null", 1, 0},
                {"7", 1, 0},
                {"\"a\"", 1, 0},
                {"[]", 1, 1},
                {"{}", 1, 1},
                {"[null,null]", 3, 1},
                {"[[],[[]],1]", 5, 3},
                {"{\"a\":{\"b\":{}},\"c\":[]}", 4, 3},
                {"[[[]],[[]],[[]]]", 7, 3},
        };
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                struct json_object *value = parse(sizes[i].text);
                JsonScan scan;
                JsonLimits limits = {.max_depth = sizes[i].depth,
                                     .max_members = sizes[i].n_values - 1};
                ck_assert_uint_eq(json_count_values(value), sizes[i].n_values);
                ck_assert_uint_eq(json_depth(value), sizes[i].depth);
                /* The scanner counts as many bytes. */
                ck_assert_int_eq(json_scan(sizes[i].text, strlen(sizes[i].text), &limits, &scan),
                                 0);
                ck_assert_uint_eq(scan.n_values, sizes[i].n_values);
                json_object_put(value);
        }
}
END_TEST

static size_t cost_of(const char *text) {
        struct json_object *value = parse(text);
        size_t cost = json_cost(value);
        json_object_put(value);
        return cost;
}

START_TEST(more_costs_more) {
        ck_assert_uint_gt(cost_of("1"), 0);
        ck_assert_uint_eq(cost_of("\"abcd\""), cost_of("\"abc\"") + 1);
        ck_assert_uint_eq(cost_of("\"\\u0061\""), cost_of("\"a\""));
        ck_assert_uint_gt(cost_of("[1]"), cost_of("[null]"));
        ck_assert_uint_gt(cost_of("[null,null,null,null,null]"), cost_of("[]"));
        ck_assert_uint_gt(cost_of("{\"abc\":1}"), cost_of("{\"ab\":1}"));
        /* the table of json-c, which has 16 slots at first */
        ck_assert_uint_gt(cost_of("{}"), 500);

        /* An equal value that was made in another way. */
        struct json_object *array = json_object_new_array_ext(1000), *same = parse("[]");
        ck_assert_uint_eq(json_cost(array), json_cost(same));
        json_object_put(array);
        json_object_put(same);
}
END_TEST

START_TEST(deep_values_take_no_stack) {
        enum { DEPTH = 4000 };
        char text[2 * DEPTH + 1];
        memset(text, '[', DEPTH);
        memset(text + DEPTH, ']', DEPTH);
        text[2 * DEPTH] = '\0';
        struct json_object *a = parse(text), *b = parse(text);
        int order;
        ck_assert(json_equal(a, b));
        ck_assert_int_eq(json_order(a, b, &order), 0);
        ck_assert_uint_eq(json_depth(a), DEPTH);
        ck_assert_uint_eq(json_count_values(a), DEPTH);
        json_object_put(a);
        json_object_put(b);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json-value");
        TCase *tcase = tcase_create("json-value");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, kinds_have_names);
        tcase_add_loop_test(tcase, equality_is_deep_and_goes_both_ways, 0, ELEMENTSOF(pairs));
        tcase_add_loop_test(tcase, order_is_that_of_python, 0, ELEMENTSOF(rows));
        tcase_add_test(tcase, some_equal_values_have_an_order);
        tcase_add_loop_test(tcase, other_pairs_have_no_order, 0, ELEMENTSOF(unordered));
        tcase_add_test(tcase, nan_is_equal_to_nothing);
        tcase_add_test(tcase, unsigned_integers_are_compared_exactly);
        tcase_add_test(tcase, values_and_levels_are_counted);
        tcase_add_test(tcase, more_costs_more);
        tcase_add_test(tcase, deep_values_take_no_stack);
        suite_add_tcase(suite, tcase);
        return suite;
}
