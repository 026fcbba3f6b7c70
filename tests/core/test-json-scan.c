/* The scanner accepts exactly RFC 8259, within bounds. Every text stands at the end of an allocation of its
 * length, so that memory checkers see a byte read too far. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "expect.h"
#include "json/json-scan.h"
#include "tap-main.h"

static const JsonLimits limits = {.max_depth = 32, .max_members = 65536};

typedef struct Text {
        const char *text;
        size_t n;
        int result;          /* of refused texts */
        size_t error_offset; /* of refused texts */
} Text;

#define GOOD(t)                                                                                    \
        { .text = t, .n = sizeof(t) - 1 }
#define BAD(t, offset)                                                                             \
        { .text = t, .n = sizeof(t) - 1, .result = -EBADMSG, .error_offset = offset }
#define TOO_MUCH(t, offset)                                                                        \
        { .text = t, .n = sizeof(t) - 1, .result = -EMSGSIZE, .error_offset = offset }

static int scan_exact(const char *text, size_t n, const JsonLimits *bounds, JsonScan *ret) {
        char *copy = malloc(n ? n : 1);
        EXPECT(copy);
        memcpy(copy, text, n);
        int r = json_scan(copy, n, bounds, ret);
        free(copy);
        return r;
}

static const Text accepted[] = {
        /* structure */
        GOOD("[]"),
        GOOD("{}"),
        GOOD("[[],[[]],{}]"),
        GOOD("[1,2,3]"),
        GOOD("{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":3}]}"),
        GOOD(" \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n"),
        GOOD(" { \"a\" : 1 , \"b\" : 2 } "),
        GOOD("{\"\":0}"),
        GOOD("{\"a\":1,\"A\":2,\"a \":3,\"aa\":4}"),
        GOOD("[{\"a\":1},{\"a\":1}]"),
        GOOD("{\"a\":{\"b\":1},\"b\":{\"a\":1}}"),
        /* names */
        GOOD("null"),
        GOOD("true"),
        GOOD("false"),
        GOOD("[null,true,false]"),
        /* integers */
        GOOD("0"),
        GOOD("-0"),
        GOOD("1"),
        GOOD("-1"),
        GOOD("10"),
        GOOD("9007199254740993"),
        GOOD("9223372036854775807"),
        GOOD("-9223372036854775808"),
        /* doubles */
        GOOD("0.0"),
        GOOD("-0.0"),
        GOOD("0.1"),
        GOOD("0e0"),
        GOOD("0E+0"),
        GOOD("0E-0"),
        GOOD("1e5"),
        GOOD("1E05"),
        GOOD("-1.5e-10"),
        GOOD("5e-324"),
        GOOD("1e-400"),
        GOOD("1e-99999999999999999999"),
        GOOD("0e99999999999999999999"),
        GOOD("0.0e99999999999999999999"),
        GOOD("1.7976931348623157e308"),
        GOOD("1.7976931348623158e308"),
        GOOD("-1.7976931348623157e+308"),
        GOOD("9223372036854775808.0"),
        GOOD("9223372036854775808e0"),
        GOOD("123456789012345678901234567890.5"),
        /* strings */
        GOOD("\"\""),
        GOOD("\"a\""),
        GOOD("\"a string of more than eight bytes\""),
        GOOD("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
        GOOD("\"\\u0000\""),
        GOOD("\"\\u0061\\u00e9\\u20AC\""),
        GOOD("\"\\ud83d\\ude00\""),
        GOOD("\"\\uD800\\uDC00\""),
        GOOD("\"\\udbff\\udfff\""),
        GOOD("\"\\uffff\\ufffe\\ufdd0\""),
        GOOD("\"\\\\u0000\""),
        GOOD("\"\\\\ud800\""),
        GOOD("\"\x7f\""),
        GOOD("\"\xe2\x80\xa8\xe2\x80\xa9\""),
        GOOD("\"\xc2\x80\""),
        GOOD("\"\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\""),
        GOOD("\"\xed\x9f\xbf\xee\x80\x80\""),
        GOOD("\"\xef\xbb\xbf\""),
        GOOD("{\"\\\\u0000\":1}"),
        GOOD("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude01\":2}"),
        GOOD("\"/*not a comment*/\""),
        /* depth, where 32 is the bound */
        GOOD("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
};

START_TEST(accepts) {
        const Text *t = &accepted[_i];
        JsonScan scan;
        int r = scan_exact(t->text, t->n, &limits, &scan);
        ck_assert_msg(r == 0, "%s: %s at %zu", t->text, scan.error, scan.error_offset);
        ck_assert_ptr_null(scan.error);
}
END_TEST

static const Text refused[] = {
        /* empty or incomplete texts */
        BAD("", 0),
        BAD(" ", 1),
        BAD("\r\n", 2),
        BAD("[", 1),
        BAD("{", 1),
        BAD("[1", 2),
        BAD("[1,", 3),
        BAD("{\"a\"", 4),
        BAD("{\"a\":", 5),
        BAD("{\"a\":1", 6),
        BAD("{\"a\":1,", 7),
        BAD("\"", 1),
        BAD("\"a", 2),
        BAD("\"\\", 2),
        BAD("\"\\u", 3),
        BAD("\"\\u00", 5),
        BAD("\"\\\"", 3),
        BAD("tru", 3),
        BAD("nul", 3),
        BAD("-", 1),
        BAD("1.", 2),
        BAD("1e", 2),
        BAD("1e+", 3),
        /* more behind the value */
        BAD("[]]", 2),
        BAD("{}}", 2),
        BAD("[][]", 2),
        BAD("1 2", 2),
        BAD("null null", 5),
        BAD("\"a\"x", 3),
        BAD("{} // comment", 3),
        BAD("[]\n#", 3),
        BAD("1\0", 1),
        /* structure */
        BAD("]", 0),
        BAD("}", 0),
        BAD(",", 0),
        BAD(":", 0),
        BAD("[,]", 1),
        BAD("[1,]", 3),
        BAD("[,1]", 1),
        BAD("[1,,2]", 3),
        BAD("[1 2]", 3),
        BAD("[1:2]", 2),
        BAD("[1}", 2),
        BAD("{\"a\":1]", 6),
        BAD("{,}", 1),
        BAD("{\"a\":1,}", 7),
        BAD("{\"a\":1,,\"b\":2}", 7),
        BAD("{\"a\" 1}", 5),
        BAD("{\"a\",1}", 4),
        BAD("{\"a\"::1}", 5),
        BAD("{\"a\":}", 5),
        BAD("{\"a\"}", 4),
        BAD("{\"a\":1 \"b\":2}", 7),
        BAD("{\"a\":1:2}", 6),
        BAD("{a:1}", 1),
        BAD("{'a':1}", 1),
        BAD("{1:1}", 1),
        BAD("{null:1}", 1),
        BAD("{[]:1}", 1),
        BAD("['a']", 1),
        BAD("[\"a\",\n4\n,1,", 11),
        /* names, and words that are none */
        BAD("True", 0),
        BAD("TRUE", 0),
        BAD("nil", 1),
        BAD("nuLl", 2),
        BAD("truE", 3),
        BAD("truefalse", 4),
        BAD("nullx", 4),
        BAD("undefined", 0),
        BAD("NaN", 0),
        BAD("nan", 1),
        BAD("-NaN", 1),
        BAD("Infinity", 0),
        BAD("-Infinity", 1),
        BAD("inf", 0),
        /* numbers */
        BAD("01", 0),
        BAD("-01", 1),
        BAD("00", 0),
        BAD("-00.5", 1),
        BAD("+1", 0),
        BAD("++1", 0),
        BAD("--1", 1),
        BAD("- 1", 1),
        BAD(".5", 0),
        BAD("-.5", 1),
        BAD("1.e5", 2),
        BAD("1.5.", 3),
        BAD("1..5", 2),
        BAD("1e5.5", 3),
        BAD("1e 5", 2),
        BAD("1ee5", 2),
        BAD("1e+-5", 3),
        BAD("0x10", 1),
        BAD("1_000", 1),
        BAD("1,5", 1),
        BAD("1a", 1),
        BAD("0b1", 1),
        BAD("1f", 1),
        BAD("\xef\xbc\x91", 0), /* a full-width digit */
        BAD("9223372036854775808", 0),
        BAD("-9223372036854775809", 0),
        BAD("18446744073709551615", 0),
        BAD("18446744073709551616", 0),
        BAD("[1,123456789012345678901234567890]", 3),
        BAD("1e309", 0),
        BAD("-1e309", 0),
        BAD("1.7976931348623159e308", 0),
        BAD("1e999", 0),
        BAD("-1e999", 0),
        BAD("0.1e310", 0),
        BAD("1e99999999999999999999", 0),
        /* strings */
        BAD("\"\0\"", 1),
        BAD("\"a\0b\"", 2),
        BAD("\"\n\"", 1),
        BAD("\"\t\"", 1),
        BAD("\"seven..\x1f\"", 8),
        BAD("\"\x01\"", 1),
        BAD("\"\\a\"", 1),
        BAD("\"\\x41\"", 1),
        BAD("\"\\'\"", 1),
        BAD("\"\\0\"", 1),
        BAD("\"\\U0041\"", 1),
        BAD("\"\\\n\"", 1),
        BAD("\"\\\xc3\xa9\"", 1),
        BAD("\"\\u004\"    ", 1),
        BAD("\"\\u00g0\"", 1),
        BAD("\"\\u+041\"", 1),
        BAD("\"\\u 041\"", 1),
        BAD("\"\\ud800\"", 1),
        BAD("\"\\udc00\"", 1),
        BAD("\"\\ud800x\"", 1),
        BAD("\"\\ud800\\n\"", 1),
        BAD("\"\\ud800\\u0041\"", 1),
        BAD("\"\\ud800\\ud800\"", 1),
        BAD("\"\\udc00\\ud800\"", 1),
        BAD("\"\\ud83d\\ude00\\ude00\"", 13),
        BAD("\"\\ud800\\", 1),
        BAD("'a'", 0),
        /* UTF-8 */
        BAD("\"\xff\"", 1),
        BAD("\"\xfe\"", 1),
        BAD("\"\x80\"", 1),
        BAD("\"\xbf\"", 1),
        BAD("\"abc\xc3\"", 4),
        BAD("\"\xe2\x82\"", 1),
        BAD("\"\xf0\x9f\x98\"", 1),
        BAD("\"\xf0\x9f\x98", 1),
        BAD("\"\xc0\x80\"", 1),
        BAD("\"\xc0\xaf\"", 1),
        BAD("\"\xc1\xbf\"", 1),
        BAD("\"\xe0\x80\x80\"", 1),
        BAD("\"\xe0\x9f\xbf\"", 1),
        BAD("\"\xf0\x80\x80\x80\"", 1),
        BAD("\"\xf0\x8f\xbf\xbf\"", 1),
        BAD("\"\xed\xa0\x80\"", 1),
        BAD("\"\xed\xbf\xbf\"", 1),
        BAD("\"\xf4\x90\x80\x80\"", 1),
        BAD("\"\xf5\x80\x80\x80\"", 1),
        BAD("\"\xfc\x80\x80\x80\x80\x80\"", 1),
        BAD("{\"\xff\":1}", 2),
        BAD("\xc3\xa9", 0),
        BAD("[\xc3\xa9]", 1),
        BAD("\xc2\xa0[]", 0), /* a no-break space */
        BAD("[\x0c]", 1),
        BAD("[\x0b]", 1),
        BAD("\xef\xbb\xbf[]", 0),
        BAD("\xef\xbb\xbf", 0),
        BAD("\xff\xfe[\0]\0", 0),
        BAD("\xfe\xff\0[\0]", 0),
        BAD("[\0]\0", 1),
        BAD("\0[\0]", 0),
        BAD("\0", 0),
        BAD("[1\0]", 2),
        /* keys */
        BAD("{\"a\":1,\"a\":2}", 7),
        BAD("{\"a\":1,\"b\":2,\"a\":1}", 13),
        BAD("{\"\":1,\"\":2}", 6),
        BAD("{\"a\":1,\"\\u0061\":2}", 7),
        BAD("{\"\\u0061\":1,\"a\":2}", 12),
        BAD("{\"\\u0061\":1,\"\\u0061\":2}", 12),
        BAD("{\"/\":1,\"\\/\":2}", 7),
        BAD("{\"\\n\":1,\"\\u000A\":2}", 8),
        BAD("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", 18),
        BAD("{\"a\":{\"a\":1},\"b\":2,\"a\":3}", 19),
        BAD("[{\"x\":1},{\"a\":[{\"a\":1}],\"a\":1}]", 24),
        BAD("{\"a\\u0000b\":1}", 3),
        BAD("{\"\\u0000\":1}", 2),
        BAD("{\"a\\u0000b\":1,\"a\\u0000c\":1}", 3),
        /* other protocols */
        BAD("GET / HTTP/1.1", 0),
        BAD("\x16\x03\x01\x02", 0),
        BAD("<?xml version='1.0'?>", 0),
        BAD("--- yaml", 1),
        TOO_MUCH("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 32),
        TOO_MUCH("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{\"a\":1}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", 32),
};

START_TEST(refuses) {
        const Text *t = &refused[_i];
        JsonScan scan;
        int r = scan_exact(t->text, t->n, &limits, &scan);
        ck_assert_msg(r == t->result, "%d for %s", r, t->text);
        ck_assert_ptr_nonnull(scan.error);
        ck_assert_msg(scan.error_offset == t->error_offset, "%s: %s at %zu, not at %zu", t->text,
                      scan.error, scan.error_offset, t->error_offset);
}
END_TEST

START_TEST(tells_what_it_saw) {
        static const char text[] =
                " {\"a\":[1,2.5,\"\\u00e9\",null], \"\\ud83d\\ude00\" : {\"x\":true}} ";
        JsonScan scan;
        ck_assert_int_eq(json_scan(text, sizeof(text) - 1, &limits, &scan), 0);
        ck_assert_ptr_eq(scan.root.text, text + 1);
        ck_assert_uint_eq(scan.root.n, sizeof(text) - 3);
        ck_assert_int_eq(scan.root.kind, JSON_OBJECT);
        ck_assert_uint_eq(scan.n_values, 8);
        /* a, e with acute, the smiling face, x */
        ck_assert_uint_eq(scan.n_bytes_decoded, 1 + 2 + 4 + 1);
}
END_TEST

START_TEST(tells_the_kind_of_a_scalar) {
        static const struct {
                const char *text;
                JsonKind kind;
        } scalars[] = {{" null", JSON_NULL}, {"true ", JSON_BOOL},     {"false", JSON_BOOL},
                       {"-7", JSON_INT},     {"-0", JSON_INT},         {"7.0", JSON_DOUBLE},
                       {"7e0", JSON_DOUBLE}, {" \"a\" ", JSON_STRING}, {"[]", JSON_ARRAY}};
        for (size_t i = 0; i < ELEMENTSOF(scalars); i++) {
                JsonScan scan;
                size_t n = strlen(scalars[i].text);
                ck_assert_int_eq(json_scan(scalars[i].text, n, &limits, &scan), 0);
                ck_assert_int_eq(scan.root.kind, scalars[i].kind);
                ck_assert_uint_eq(scan.root.n, n - strspn(scalars[i].text, " ") -
                                                       (scalars[i].text[n - 1] == ' '));
                ck_assert_uint_eq(scan.n_values, 1);
        }
}
END_TEST

START_TEST(strings_are_checked_at_every_alignment) {
        for (size_t n_before = 0; n_before < 20; n_before++)
                for (unsigned c = 0; c < 256; c++) {
                        char text[32] = "\"";
                        memset(text + 1, 'x', n_before);
                        text[1 + n_before] = (char)c;
                        memset(text + 2 + n_before, 'y', 7);
                        text[9 + n_before] = '"';
                        JsonScan scan;
                        int r = scan_exact(text, 10 + n_before, &limits, &scan);
                        bool is_good = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
                        EXPECT(r == (is_good ? 0 : -EBADMSG));
                        EXPECT(is_good ? scan.n_bytes_decoded == n_before + 8
                                       : scan.error_offset == 1 + n_before + (c == '"'));
                }
}
END_TEST

/* Escapes and characters of several bytes, which the scanner skips in another way near the end of the text. */
static const struct {
        const char *text;
        int n_decoded; /* -1: invalid at its first byte */
} parts[] = {
        {"\\n", 1},
        {"\\\"", 1},
        {"\\x", -1},
        {"\\u0041", 1},
        {"\\u00e9", 2},
        {"\\uFFFF", 3},
        {"\\u0000", 1},
        {"\\u00g0", -1},
        {"\\ud83d\\ude00", 4},
        {"\\ud83d", -1},
        {"\\ude00", -1},
        {"\\ud83d\\u0041", -1},
        {"\xc3\xa9", 2},
        {"\xc3", -1},
        {"\xc0\x80", -1},
        {"\xe0\xa0\x80", 3},
        {"\xe0\x9f\x80", -1},
        {"\xe2\x82\xac", 3},
        {"\xe2\x82", -1},
        {"\xed\xa0\x80", -1},
        {"\xed\x9f\xbf", 3},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x90\x80\x80", 4},
        {"\xf0\x8f\x80\x80", -1},
        {"\xf3\xa0\x80\x80", 4},
        {"\xf3\xa0\x80", -1},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\xf4\x90\x80\x80", -1},
        {"\xf5\x80\x80\x80", -1},
        {"\x1f", -1},
        {"\x80", -1},
};

static void check_part(const char *part, int n_decoded, size_t n_before, size_t n_after) {
        char text[80];
        JsonScan scan;
        int n = snprintf(text, sizeof(text), "\"%.*s\\t%s%.*s\"", (int)n_before,
                         "xxxxxxxxxxxxxxxxxxxxxxxx", part, (int)n_after,
                         "yyyyyyyyyyyyyyyyyyyyyyyy");
        int r = scan_exact(text, (size_t)n, &limits, &scan);

        EXPECT(r == (n_decoded > 0 ? 0 : -EBADMSG));
        if (n_decoded > 0)
                ck_assert_uint_eq(scan.n_bytes_decoded, n_before + 1 + (size_t)n_decoded + n_after);
        else
                ck_assert_uint_eq(scan.error_offset, 1 + n_before + 2);
}

START_TEST(escapes_are_checked_at_every_alignment) {
        for (size_t i = 0; i < ELEMENTSOF(parts); i++)
                for (size_t n_before = 0; n_before < 20; n_before++)
                        for (size_t n_after = 0; n_after < 20; n_after++)
                                check_part(parts[i].text, parts[i].n_decoded, n_before, n_after);
}
END_TEST

/* Asserts that a scan which stops at `cut`, and continues in another copy of the text, returns what one scan
 * of the whole returns. */
static void check_cut(const char *text, size_t n, size_t cut) {
        char *head = malloc(cut ? cut : 1), *copy = malloc(n ? n : 1);
        JsonScan whole, pieces;
        JsonScanner *scanner = json_scanner_new(&limits);

        EXPECT(head && copy && scanner);
        memcpy(head, text, cut);
        memcpy(copy, text, n);
        json_scanner_advance(scanner, head, cut);
        free(head);
        int r = json_scan(copy, n, &limits, &whole);
        ck_assert_int_eq(json_scanner_finish(scanner, copy, n, &pieces), r);
        if (r == 0) {
                EXPECT(pieces.root.text == whole.root.text && pieces.root.n == whole.root.n);
                EXPECT(pieces.root.kind == whole.root.kind && !pieces.error);
                EXPECT(pieces.n_values == whole.n_values);
                EXPECT(pieces.n_bytes_decoded == whole.n_bytes_decoded);
        } else {
                ck_assert_str_eq(pieces.error, whole.error);
                ck_assert_uint_eq(pieces.error_offset, whole.error_offset);
        }
        json_scanner_free(scanner);
        free(copy);
}

static void check_cuts(const Text *text) {
        for (size_t cut = 0; cut <= text->n; cut++)
                check_cut(text->text, text->n, cut);
}

START_TEST(accepts_in_pieces) {
        check_cuts(&accepted[_i]);
}
END_TEST

START_TEST(refuses_in_pieces) {
        check_cuts(&refused[_i]);
}
END_TEST

/* Scans byte by byte, and moves the text after each. */
static void check_bytes(const char *text, size_t n) {
        JsonScanner *scanner = json_scanner_new(&limits);
        JsonScan whole, pieces;
        char *copy = NULL;

        EXPECT(scanner);
        for (size_t i = 1; i <= n; i++) {
                char *longer = malloc(i);
                EXPECT(longer);
                memcpy(longer, text, i);
                json_scanner_advance(scanner, longer, i);
                free(copy);
                copy = longer;
        }
        EXPECT(json_scan(copy, n, &limits, &whole) ==
               json_scanner_finish(scanner, copy, n, &pieces));
        EXPECT(pieces.n_values == whole.n_values && pieces.root.n == whole.root.n);
        EXPECT(pieces.n_bytes_decoded == whole.n_bytes_decoded);
        json_scanner_free(scanner);
        free(copy);
}

START_TEST(long_texts_byte_by_byte) {
        char text[4096];
        size_t n = 0;

        for (size_t i = 0; i < ELEMENTSOF(accepted); i++)
                check_bytes(accepted[i].text, accepted[i].n);
        text[n++] = '{';
        for (int i = 0; i < 60; i++)
                n += (size_t)snprintf(text + n, sizeof(text) - n,
                                      "%s\"k%d\\u00e9\" : [%d, \"\\ud83d\\ude00\\n\xc3\xa9\", "
                                      "{\"a\":1.5e3,\"b\":null}]",
                                      i ? "," : "", i, i);
        text[n++] = '}';
        check_bytes(text, n);
        /* a duplicate of an earlier key, among many */
        n = (size_t)(strlen(strcpy(text + n - 1, ",\"k0\u00e9\":1}")) + n - 1);
        for (size_t cut = 0; cut <= n; cut += 7)
                check_cut(text, n, cut);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json-scan");
        TCase *tcase = tcase_create("json-scan");
        tcase_set_timeout(tcase, 60);
        tcase_add_loop_test(tcase, accepts, 0, ELEMENTSOF(accepted));
        tcase_add_loop_test(tcase, refuses, 0, ELEMENTSOF(refused));
        tcase_add_loop_test(tcase, accepts_in_pieces, 0, ELEMENTSOF(accepted));
        tcase_add_loop_test(tcase, refuses_in_pieces, 0, ELEMENTSOF(refused));
        tcase_add_test(tcase, long_texts_byte_by_byte);
        tcase_add_test(tcase, tells_what_it_saw);
        tcase_add_test(tcase, tells_the_kind_of_a_scalar);
        tcase_add_test(tcase, strings_are_checked_at_every_alignment);
        tcase_add_test(tcase, escapes_are_checked_at_every_alignment);
        suite_add_tcase(suite, tcase);
        return suite;
}
