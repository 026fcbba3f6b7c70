/* Text to values and back: numbers stay exact, strings complete, values equal. */
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/json-oracle.h"
#include "expect.h"
#include "json/json-cost.h"
#include "json/json-text.h"
#include "random.h"
#include "tap-main.h"

static const JsonLimits limits = {.max_depth = 32, .max_members = 65536};

static struct json_object *parse_n(const char *text, size_t n) {
        struct json_object *value = NULL;
        JsonScan scan;
        int r = json_parse(text, n, &limits, &value, &scan);
        if (r < 0)
                ck_abort_msg("%s: %s", text, scan.error);
        return value;
}

static struct json_object *parse(const char *text) {
        return parse_n(text, strlen(text));
}

/* Writes a value as text, NUL-terminated. */
static void print(Buffer *b, struct json_object *value) {
        buffer_truncate(b, 0);
        EXPECT(json_write(b, value) == 0);
        EXPECT(buffer_append(b, "", 1) == 0);
}

/* Texts, and how they are written again; NULL: unchanged. */
static const struct {
        const char *text, *printed;
} texts[] = {
        {"null", NULL},
        {"true", NULL},
        {"false", NULL},
        {"0", NULL},
        {"-0", "0"},
        {"-1", NULL},
        {"9007199254740993", NULL},
        {"9223372036854775807", NULL},
        {"-9223372036854775808", NULL},
        {"0.1", NULL},
        {"-0.0", NULL},
        {"0.0", NULL},
        {"0e5", "0.0"},
        {"-0e5", "-0.0"},
        {"1.0", NULL},
        {"1e2", "100.0"},
        {"1e14", "100000000000000.0"},
        {"1e15", "1e+15"},
        {"1E300", "1e+300"},
        {"5e-324", "4.94065645841247e-324"},
        {"1.7976931348623157e308", "1.7976931348623157e+308"},
        {"2.2250738585072014e-308", NULL},
        {"1e-400", "0.0"},
        {"-1e-400", "-0.0"},
        {"9223372036854775808.0", "9.223372036854776e+18"},
        {"123456789.123456789", "123456789.12345679"},
        {"0.30000000000000004", NULL},
        {"\"\"", NULL},
        {"\"abc\"", NULL},
        {"\"\\u0041\\/\"", "\"A/\""},
        {"\"\\\"\\\\\\b\\f\\n\\r\\t\"", NULL},
        {"\"\\u0000\\u0001\\u001F\\u007f\"", "\"\\u0000\\u0001\\u001f\\u007f\""},
        {"\"\x7f\"", "\"\\u007f\""},
        {"\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xe2\x80\xa8\"", NULL},
        {"\"\\u00e9\\u20ac\\ud83d\\ude00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"[]", NULL},
        {"{}", NULL},
        {" [ 1 , [ ] , { } , [ [ 2 ] ] , null ] ", "[1,[],{},[[2]],null]"},
        {"[null,[null],{\"a\":null}]", NULL},
        {" { \"b\" : 1 , \"a\" : { \"b\" : [ ] } , \"\" : 2 } ",
         "{\"b\":1,\"a\":{\"b\":[]},\"\":2}"},
        {"{\"\\u0061\\n\\u20ac\":1}", "{\"a\\n\xe2\x82\xac\":1}"},
        {"{\"a\":{\"b\":{\"c\":{}}},\"d\":[[],[{}]],\"e\":\"f\"}", NULL},
};

START_TEST(is_printed_as_it_was_read) {
        Buffer b = {};
        struct json_object *value = parse(texts[_i].text);
        print(&b, value);
        const char *expected = texts[_i].printed ? texts[_i].printed : texts[_i].text;
        ck_assert_str_eq(buffer_bytes(&b), expected);
        struct json_object *again = parse(buffer_bytes(&b));
        ck_assert(json_equal(value, again));
        json_object_put(again);
        json_object_put(value);
        buffer_deinit(&b);
}
END_TEST

START_TEST(values_have_the_types_of_json_c) {
        struct json_object *value =
                parse("[1,1.0,\"a\\u0000b\",true,null,9223372036854775807,\"\xc3\xa9\"]");
        ck_assert(json_object_is_type(json_object_array_get_idx(value, 0), json_type_int));
        ck_assert(json_object_is_type(json_object_array_get_idx(value, 1), json_type_double));
        struct json_object *string = json_object_array_get_idx(value, 2);
        ck_assert_int_eq(json_object_get_string_len(string), 3);
        ck_assert_mem_eq(json_object_get_string(string), "a\0b", 4);
        ck_assert(json_object_is_type(json_object_array_get_idx(value, 3), json_type_boolean));
        ck_assert_ptr_null(json_object_array_get_idx(value, 4));
        ck_assert_int_eq(json_object_get_int64(json_object_array_get_idx(value, 5)), INT64_MAX);
        ck_assert_str_eq(json_object_get_string(json_object_array_get_idx(value, 6)), "\xc3\xa9");
        json_object_put(value);
}
END_TEST

START_TEST(a_refused_text_builds_nothing) {
        struct json_object *value = (struct json_object *)&limits;
        JsonScan scan;
        ck_assert_int_eq(json_parse("[1,]", 4, &limits, &value, &scan), -EBADMSG);
        ck_assert_uint_eq(scan.error_offset, 3);
        ck_assert_int_eq(json_parse("[1,]", 4, &limits, &value, NULL), -EBADMSG);
        ck_assert_ptr_eq(value, &limits);
        ck_assert_int_eq(json_parse("7", 1, &limits, &value, NULL), 0);
        ck_assert_int_eq(json_object_get_int(value), 7);
        json_object_put(value);
}
END_TEST

START_TEST(a_part_of_a_text_is_built) {
        static const char text[] = "{\"a\":1,\"params\":{\"x\":[1,2]},\"b\":3}";
        JsonScan scan;
        ck_assert_int_eq(json_scan(text, sizeof(text) - 1, &limits, &scan), 0);
        JsonCursor cursor;
        JsonSpan key, span;
        json_cursor_init(&cursor, &scan.root);
        static const char *const parts[] = {"1", "{\"x\":[1,2]}", "3"};
        Buffer b = {};
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                ck_assert(json_cursor_next(&cursor, &key, &span));
                struct json_object *value;
                ck_assert_int_eq(json_build(&span, &value), 0);
                print(&b, value);
                ck_assert_str_eq(buffer_bytes(&b), parts[i]);
                json_object_put(value);
        }
        buffer_deinit(&b);
}
END_TEST

/* Values deeper than the arrays on the stack that the scanner, the builder and the writer begin
 * with. */
START_TEST(deep_values_survive) {
        enum { DEPTH = 1000 };
        static const JsonLimits deep = {.max_depth = 2 * DEPTH, .max_members = 2 * DEPTH};
        char text[8 * DEPTH + 2], *at = text;
        for (int i = 0; i < DEPTH; i++)
                at = stpcpy(at, "[{\"a\":");
        at = stpcpy(at, "7");
        for (int i = 0; i < DEPTH; i++)
                at = stpcpy(at, "}]");
        struct json_object *value;
        ck_assert_int_eq(json_parse(text, (size_t)(at - text), &deep, &value, NULL), 0);
        Buffer b = {};
        print(&b, value);
        ck_assert_str_eq(buffer_bytes(&b), text);
        ck_assert_uint_eq(json_depth(value), 2 * DEPTH);
        ck_assert(json_equal(value, value));
        json_object_put(value);
        buffer_deinit(&b);
}
END_TEST

static void refuse_to_write(struct json_object *value) {
        Buffer b = {};
        struct json_object *array = json_object_new_array();
        json_object_array_add(array, json_object_new_int(1));
        json_object_array_add(array, value);
        ck_assert_int_eq(buffer_append_string(&b, "before"), 0);
        ck_assert_int_eq(json_write(&b, value), -EINVAL);
        ck_assert_int_eq(json_write(&b, array), -EINVAL);
        ck_assert_uint_eq(buffer_size(&b), 6);
        ck_assert_mem_eq(buffer_bytes(&b), "before", 6);
        json_object_put(array);
        buffer_deinit(&b);
}

static void expect_integer(int64_t i) {
        CLEANUP(buffer_deinit) Buffer b = {0};
        char text[32];
        int n = snprintf(text, sizeof(text), "%lld", (long long)i);

        EXPECT(json_write_int(&b, i) == 0);
        ck_assert_uint_eq(buffer_size(&b), (size_t)n);
        EXPECT(memcmp(buffer_bytes(&b), text, (size_t)n) == 0);
}

/* Of all lengths, with both signs. */
START_TEST(integers_are_written_as_printf_writes_them) {
        for (int64_t power = 1; power < INT64_MAX / 10; power *= 10)
                for (int64_t d = -1; d <= 1; d++) {
                        expect_integer(power + d);
                        expect_integer(-power + d);
                        expect_integer(7 * power + d);
                }
        expect_integer(INT64_MIN);
        expect_integer(INT64_MAX);
}
END_TEST

START_TEST(what_json_cannot_carry_is_not_written) {
        refuse_to_write(json_object_new_double(INFINITY));
        refuse_to_write(json_object_new_double(-INFINITY));
        refuse_to_write(json_object_new_double(NAN));
        refuse_to_write(json_object_new_uint64((uint64_t)INT64_MAX + 1));
        refuse_to_write(json_object_new_uint64(UINT64_MAX));
        refuse_to_write(json_object_new_string("caf\xe9"));
        refuse_to_write(json_object_new_string("\xed\xa0\x80"));
        struct json_object *object = json_object_new_object();
        json_object_object_add(object, "\xff", NULL);
        refuse_to_write(object);

        Buffer b = {};
        struct json_object *value = json_object_new_uint64(INT64_MAX);
        print(&b, value);
        ck_assert_str_eq(buffer_bytes(&b), "9223372036854775807");
        json_object_put(value);
        buffer_deinit(&b);
}
END_TEST

/* Asserts that a double survives as text bit by bit, with no more digits than needed. */
static void assert_exact(double d) {
        Buffer b = {};
        EXPECT(json_write_double(&b, d) == 0);
        EXPECT(buffer_append(&b, "", 1) == 0);
        const char *text = buffer_bytes(&b);
        EXPECT(strpbrk(text, ".e"));
        struct json_object *value = parse(text);
        double back = json_object_get_double(value);
        if (memcmp(&back, &d, sizeof(d)) != 0 || !json_object_is_type(value, json_type_double))
                ck_abort_msg("%a became %s", d, text);
        /* If 15 digits are enough, no more are written. */
        char shorter[32];
        snprintf(shorter, sizeof(shorter), "%.15g", d);
        if (strtod(shorter, NULL) == d)
                EXPECT(strncmp(text, shorter, strlen(shorter)) == 0);
        json_object_put(value);
        buffer_deinit(&b);
}

START_TEST(doubles_keep_every_bit) {
        static const double known[] = {0.0,
                                       -0.0,
                                       0.1,
                                       1.0 / 3,
                                       5e-324,
                                       -5e-324,
                                       DBL_MIN,
                                       DBL_MAX,
                                       -DBL_MAX,
                                       DBL_EPSILON,
                                       0x1p53,
                                       0x1p53 + 2,
                                       0x1p63,
                                       1e15,
                                       1e16,
                                       1e17,
                                       1e22,
                                       1e23,
                                       123456789012345.6,
                                       2.2250738585072011e-308};
        for (size_t i = 0; i < ELEMENTSOF(known); i++)
                assert_exact(known[i]);
        Random random = {.state = 4};
        for (int i = 0; i < random_rounds(50000); i++) {
                uint64_t bits = random_next(&random);
                double d;
                memcpy(&d, &bits, sizeof(d));
                if (isfinite(d))
                        assert_exact(d);
                assert_exact((double)(int64_t)random_below(&random, 1000000) / 100);
        }
}
END_TEST

/* Uses any installed locale with a decimal comma; without one the test proves nothing. */
START_TEST(the_locale_does_not_matter) {
        static const char *const locales[] = {"de_DE.UTF-8", "tr_TR.UTF-8", "fr_FR.UTF-8",
                                              "ps_AF.UTF-8"};
        for (size_t i = 0; i < ELEMENTSOF(locales); i++) {
                setlocale(LC_ALL, locales[i]);
                struct json_object *value = parse("[0.5,1e+22,-1234.25]");
                Buffer b = {};
                print(&b, value);
                ck_assert_str_eq(buffer_bytes(&b), "[0.5,1e+22,-1234.25]");
                json_object_put(value);
                buffer_deinit(&b);
        }
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json-text");
        TCase *tcase = tcase_create("json-text");
        tcase_set_timeout(tcase, 60);
        tcase_add_loop_test(tcase, is_printed_as_it_was_read, 0, ELEMENTSOF(texts));
        tcase_add_test(tcase, values_have_the_types_of_json_c);
        tcase_add_test(tcase, a_refused_text_builds_nothing);
        tcase_add_test(tcase, a_part_of_a_text_is_built);
        tcase_add_test(tcase, deep_values_survive);
        tcase_add_test(tcase, what_json_cannot_carry_is_not_written);
        tcase_add_test(tcase, integers_are_written_as_printf_writes_them);
        tcase_add_test(tcase, doubles_keep_every_bit);
        tcase_add_test(tcase, the_locale_does_not_matter);
        suite_add_tcase(suite, tcase);
        return suite;
}
