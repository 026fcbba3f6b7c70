/* Walking over a scanned text, and decoding its strings. */
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "json/json-scan.h"
#include "tap-main.h"

static const JsonLimits limits = {.max_depth = 32, .max_members = 65536};

static void assert_span(const JsonSpan *span, JsonKind kind, const char *text) {
        ck_assert_int_eq(span->kind, kind);
        ck_assert_uint_eq(span->n, strlen(text));
        ck_assert_mem_eq(span->text, text, span->n);
}

START_TEST(a_cursor_walks_an_object) {
        static const char text[] =
                " { \"a\" : 1 ,\"b\":[ 1 , \"]\\\"\" ],\"\\u0063\":{\"d\":\"}\"},\"\" : -1.5e+3 ,"
                "\"e\":null,\"f\":true,\"g\":false,\"h\":\"\\\\\"\n} ";
        static const struct {
                const char *key, *value;
                JsonKind kind;
        } members[] = {
                {"\"a\"", "1", JSON_INT},
                {"\"b\"", "[ 1 , \"]\\\"\" ]", JSON_ARRAY},
                {"\"\\u0063\"", "{\"d\":\"}\"}", JSON_OBJECT},
                {"\"\"", "-1.5e+3", JSON_DOUBLE},
                {"\"e\"", "null", JSON_NULL},
                {"\"f\"", "true", JSON_BOOL},
                {"\"g\"", "false", JSON_BOOL},
                {"\"h\"", "\"\\\\\"", JSON_STRING},
        };
        JsonScan scan;
        ck_assert_int_eq(json_scan(text, sizeof(text) - 1, &limits, &scan), 0);
        JsonCursor cursor;
        json_cursor_init(&cursor, &scan.root);
        JsonSpan key, value;
        for (size_t i = 0; i < ELEMENTSOF(members); i++) {
                ck_assert(json_cursor_next(&cursor, &key, &value));
                assert_span(&key, JSON_STRING, members[i].key);
                assert_span(&value, members[i].kind, members[i].value);
        }
        ck_assert(!json_cursor_next(&cursor, &key, &value));
        ck_assert(!json_cursor_next(&cursor, NULL, &value));
}
END_TEST

START_TEST(a_cursor_walks_an_array) {
        static const char text[] = "[ [ ] , { } ,12,\"a\\\\\",-0.5 ]";
        static const char *const elements[] = {"[ ]", "{ }", "12", "\"a\\\\\"", "-0.5"};
        static const JsonKind kinds[] = {JSON_ARRAY, JSON_OBJECT, JSON_INT, JSON_STRING,
                                         JSON_DOUBLE};
        JsonScan scan;
        ck_assert_int_eq(json_scan(text, sizeof(text) - 1, &limits, &scan), 0);
        JsonCursor cursor, empty;
        JsonSpan element, none;
        json_cursor_init(&cursor, &scan.root);
        for (size_t i = 0; i < ELEMENTSOF(elements); i++) {
                ck_assert(json_cursor_next(&cursor, NULL, &element));
                assert_span(&element, kinds[i], elements[i]);
                if (i < 2) {
                        json_cursor_init(&empty, &element);
                        ck_assert(!json_cursor_next(&empty, NULL, &none));
                }
        }
        ck_assert(!json_cursor_next(&cursor, NULL, &element));
}
END_TEST

/* Returns how many containers of the text, at any level, have their members in the outline. */
static size_t count_noted(const JsonSpan *container) {
        size_t n = container->place != NULL;
        JsonCursor cursor;
        JsonSpan value;

        json_cursor_init(&cursor, container);
        while (json_cursor_next(&cursor, NULL, &value))
                if (value.kind == JSON_ARRAY || value.kind == JSON_OBJECT)
                        n += count_noted(&value);
        return n;
}

START_TEST(an_outline_has_the_outermost_containers_that_fit) {
#define TEN "0,1,2,3,4,5,6,7,8,9"
        static const struct {
                const char *text;
                unsigned n_levels;
                size_t n_noted;
        } texts[] = {
                {"{\"a\":[1,{\"b\":[]}],\"c\":{}}", 0, 0},
                {"{\"a\":[1,{\"b\":[]}],\"c\":{}}", 1, 1},
                {"{\"a\":[1,{\"b\":[]}],\"c\":{}}", 2, 3},
                {"{\"a\":[1,{\"b\":[]}],\"c\":{}}", 3, 4},
                {"{\"a\":[1,{\"b\":[]}],\"c\":{}}", 9, 5},
                {"[" TEN "," TEN ",0,1,2]", 1, 1},
                {"[" TEN "," TEN ",0,1,2,3]", 1, 0},
                {"[[" TEN "],[" TEN "],[" TEN "]]", 1, 1},
                {"[[" TEN "],[" TEN "],[" TEN "]]", 2, 3}, /* the last array is not noted */
                {"[[" TEN "],[" TEN "," TEN "]]", 2, 2},
                {"[[" TEN "],[" TEN "],[" TEN "],0]", 2,
                 0}, /* the root is not noted, and so nothing is */
        };
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                JsonOutline outline = {.n_levels = texts[i].n_levels};
                JsonScan scan;
                ck_assert_int_eq(json_scan_outlined(texts[i].text, strlen(texts[i].text), &limits,
                                                    &outline, &scan),
                                 0);
                ck_assert_msg(count_noted(&scan.root) == texts[i].n_noted, "%s: %zu noted",
                              texts[i].text, count_noted(&scan.root));
        }
#undef TEN
}
END_TEST

static JsonSpan span_of(const char *literal) {
        return (JsonSpan){.text = literal, .n = strlen(literal), .kind = JSON_STRING};
}

START_TEST(a_span_is_compared_by_what_it_means) {
        static const struct {
                const char *literal, *text;
                bool is_equal;
        } pairs[] = {
                {"\"\"", "", true},
                {"\"\"", "a", false},
                {"\"method\"", "method", true},
                {"\"method\"", "methods", false},
                {"\"methods\"", "method", false},
                {"\"m\\u0065thod\"", "method", true},
                {"\"m\\u0065thod\"", "method2", false},
                {"\"m\\u0065thods\"", "method", false},
                {"\"\\u20ac\"", "\xe2\x82\xac", true},
                {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80", true},
                {"\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x81", false},
                {"\"a\\\\b\"", "a\\b", true},
                {"\"a\\\\b\"", "a\\\\b", false},
                {"\"\\n\"", "\n", true},
                {"\"\\n\"", "\\n", false},
                {"\"a\\u0000\"", "a", false},
                {"\"\\u0000\"", "", false},
        };
        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                JsonSpan span = span_of(pairs[i].literal);
                ck_assert_msg(json_span_equals(&span, pairs[i].text) == pairs[i].is_equal,
                              "%s and %s", pairs[i].literal, pairs[i].text);
                ck_assert(json_span_is(&span, pairs[i].text, strlen(pairs[i].text)) ==
                          pairs[i].is_equal);
        }
}
END_TEST

START_TEST(a_span_is_decoded) {
        static const struct {
                const char *literal, *text;
                size_t n;
        } pairs[] = {
                {"\"\"", "", 0},
                {"\"abc\"", "abc", 3},
                {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
                {"\"x\\u0000y\"", "x\0y", 3},
                {"\"\\u007f\\u0080\\u07FF\\u0800\\uffff\"",
                 "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf", 11},
                {"\"\\ud800\\udc00\\uDBFF\\uDFFF!\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf!", 9},
        };
        for (size_t i = 0; i < ELEMENTSOF(pairs); i++) {
                JsonSpan span = span_of(pairs[i].literal);
                char *text;
                size_t n;
                ck_assert_int_eq(json_span_decode(&span, &text, &n), 0);
                ck_assert_uint_eq(n, pairs[i].n);
                ck_assert_mem_eq(text, pairs[i].text, n + 1);
                free(text);
        }
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json-span");
        TCase *tcase = tcase_create("json-span");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, a_cursor_walks_an_object);
        tcase_add_test(tcase, a_cursor_walks_an_array);
        tcase_add_test(tcase, an_outline_has_the_outermost_containers_that_fit);
        tcase_add_test(tcase, a_span_is_compared_by_what_it_means);
        tcase_add_test(tcase, a_span_is_decoded);
        suite_add_tcase(suite, tcase);
        return suite;
}
