/* Values as text against trees of json-c: their text, equality, order, keys and sizes. The texts are random and written
 * in every way that JSON allows, of so few pieces that many values are equal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core/json-oracle.h"
#include "expect.h"
#include "json/json-cost.h"
#include "json/json-escape.h"
#include "json/json-number.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "json/value.h"
#include "random.h"
#include "tap-main.h"

static const JsonLimits limits = {.max_depth = 1000, .max_members = 65536};

/* One text, as a tree and as a value. */
typedef struct Twin {
        struct json_object *tree;
        Value value;
} Twin;

static void twin_init(Twin *t, const char *text, size_t n) {
        JsonScan scan;
        char *copy = malloc(n);

        EXPECT(copy != NULL);
        memcpy(copy, text, n);
        if (json_scan(copy, n, &limits, &scan) < 0)
                ck_abort_msg("%.*s: %s", (int)n, text, scan.error);
        EXPECT(json_build(&scan.root, &t->tree) == 0);
        EXPECT(value_make(&scan.root, &t->value) == 0);
        Value borrowed, own;
        EXPECT(value_borrow(&scan.root, &borrowed) == 0);
        EXPECT(value_count(&borrowed) == scan.n_values);
        EXPECT(value_depth(&borrowed) == json_depth(t->tree));
        EXPECT(value_own(&borrowed, &own) == 0);
        EXPECT(value_equal(&own, &t->value));
        value_deinit(&own);
        value_deinit(&borrowed);
        free(copy);
}

static void twin_deinit(Twin *t) {
        json_object_put(t->tree);
        value_deinit(&t->value);
}

static void twin_of(Twin *t, const char *text) {
        twin_init(t, text, strlen(text));
}

static void check_alone(const Twin *t) {
        Buffer expected = {0}, written = {0};
        struct json_object *built;
        Value back;

        EXPECT(json_write(&expected, t->tree) == 0 && value_write(&written, &t->value) == 0);
        if (buffer_size(&expected) != buffer_size(&written) ||
            memcmp(buffer_bytes(&expected), buffer_bytes(&written), buffer_size(&expected)) != 0)
                ck_abort_msg("%.*s is written as %.*s", (int)buffer_size(&expected),
                             buffer_bytes(&expected), (int)buffer_size(&written),
                             buffer_bytes(&written));
        EXPECT(value_text_length(&t->value) >= buffer_size(&written));
        EXPECT(value_count(&t->value) == json_count_values(t->tree));
        EXPECT(value_depth(&t->value) == json_depth(t->tree));
        EXPECT(strcmp(value_kind_name(&t->value), json_kind_name(t->tree)) == 0);
        EXPECT(value_build(&t->value, &built) == 0);
        EXPECT(json_equal(built, t->tree));
        EXPECT(value_of_tree(t->tree, &back) == 0);
        EXPECT(value_equal(&back, &t->value));
        json_object_put(built);
        value_deinit(&back);
        buffer_deinit(&expected);
        buffer_deinit(&written);
}

static int sign(int n) {
        return n < 0 ? -1 : n > 0;
}

static bool keys_are_equal(const Value *a, const Value *b) {
        Buffer x = {0}, y = {0};

        EXPECT(value_write_key(&x, a) == 0 && value_write_key(&y, b) == 0);
        bool is_equal = buffer_size(&x) == buffer_size(&y) &&
                        memcmp(buffer_bytes(&x), buffer_bytes(&y), buffer_size(&x)) == 0;
        buffer_deinit(&x);
        buffer_deinit(&y);
        return is_equal;
}

static void check_pair(const Twin *a, const Twin *b) {
        bool is_equal = json_equal(a->tree, b->tree);
        int order_trees = 0, order_values = 0;

        if (value_equal(&a->value, &b->value) != is_equal ||
            keys_are_equal(&a->value, &b->value) != is_equal)
                ck_abort_msg("%s and %s", json_object_to_json_string(a->tree),
                             json_object_to_json_string(b->tree));
        int r = json_order(a->tree, b->tree, &order_trees);
        if (value_order(&a->value, &b->value, &order_values) != r ||
            (r == 0 && sign(order_values) != sign(order_trees)))
                ck_abort_msg("order of %s and %s: %d, %d", json_object_to_json_string(a->tree),
                             json_object_to_json_string(b->tree), order_trees, order_values);
}

static void append(Buffer *b, const char *text) {
        EXPECT(buffer_append_string(b, text) == 0);
}

static void append_blanks(Buffer *b, Random *random) {
        static const char *const blanks[] = {"", "", "", "", " ", "\n", "\t \r"};

        append(b, blanks[random_below(random, ELEMENTSOF(blanks))]);
}

/* The texts of each line have one value. */
static const char *const scalars[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "0.0",
        "-0.0",
        "0e5",
        "1",
        "1.0",
        "1e0",
        "10E-1",
        "1.5",
        "15e-1",
        "1.50",
        "-2",
        "-2.0",
        "100000000000000.0",
        "1e14",
        "100000000000000",
        "1e15",
        "1000000000000000",
        "123456789.25",
        "9007199254740993",
        "9007199254740992.0",
        "9007199254740992",
        "9223372036854775807",
        "9223372036854775808.0",
        "9.223372036854775807e18",
        "-9223372036854775808",
        "-9223372036854775808.0",
        "-9.223372036854775808e18",
        "1e300",
        "1.0e+300",
        "0.1",
        "1e-1",
        "0.0001",
        "1e-4",
        "0.00001",
        "1e-5",
        "5e-324",
        "1e-400",
        "0.30000000000000004",
        "123456789012345678",
        "1.2345678901234567e17",
        "123456789012345680.0",
        "0.000123456789012345",
        "\"\"",
        "\"a\"",
        "\"\\u0061\"",
        "\"b\"",
        "\"ab\"",
        "\"/\"",
        "\"\\/\"",
        "\"\\n\"",
        "\"\\u000A\"",
        "\"\\u000a\"",
        "\"\x7f\"",
        "\"\\u007f\"",
        "\"\\u007F\"",
        "\"\\u0000\"",
        "\"\\\"\"",
        "\"\\u0022\"",
        "\"\\\\\"",
        "\"\\u001f\"",
        "\"\xc3\xa9\"",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\xf0\x9f\x98\x80\"",
        "\"\xef\xbf\xbf\"",
        "\"fourteen bytes\"",
        "\"fifteen bytes..\"",
        "\"fifteen bytes.\\u002e\"",
        "\"fifteen bytes.\\n\"",
        "\"fourteen byte\\n\"",
        "\"eight..\\n\"",
        "\"a longer text with a \\u0022 quote in it and one \\n more\"",
        "\"a longer text with a \\\" quote in it and one \\u000a more\"",
        "\"01234567890123456789\x7f\"",
};

static const char *const keys[] = {"\"a\"",     "\"b\"",       "\"\\u0061b\"", "\"ab\"",
                                   "\"a\\\"\"", "\"$object\"", "\"\x7f\"",     "\"\\u0024object\"",
                                   "\"\\n\"",   "\"c\\/\""};

enum { CONTAINER_MEMBERS = 4, DEPTH = 4 };

static void append_value(Buffer *b, Random *random, unsigned depth, unsigned n_scalars);

/* Keys in a random order, without duplicates. */
static void append_object(Buffer *b, Random *random, unsigned depth, unsigned n_scalars) {
        size_t first = random_below(random, ELEMENTSOF(keys));
        uint64_t n = random_below(random, CONTAINER_MEMBERS);
        bool is_down = random_below(random, 2);

        append(b, "{");
        for (uint64_t i = 0; i < n; i++) {
                size_t at = (first + (is_down ? n - 1 - i : i)) % ELEMENTSOF(keys);
                /* Two of the keys are equal. */
                const char *key = at == 7 ? "\"7\"" : at == 3 ? "\"3\"" : keys[at];
                if (at == 2 && random_below(random, 2))
                        key = keys[3];
                if (at == 5 && random_below(random, 2))
                        key = keys[7];
                append(b, i ? "," : "");
                append_blanks(b, random);
                append(b, key);
                append_blanks(b, random);
                append(b, ":");
                append_value(b, random, depth - 1, n_scalars);
        }
        append_blanks(b, random);
        append(b, "}");
}

static void append_array(Buffer *b, Random *random, unsigned depth, unsigned n_scalars) {
        uint64_t n = random_below(random, CONTAINER_MEMBERS);

        append(b, "[");
        for (uint64_t i = 0; i < n; i++) {
                append(b, i ? "," : "");
                append_value(b, random, depth - 1, n_scalars);
        }
        append_blanks(b, random);
        append(b, "]");
}

/* Draws from few scalars, so that many values are equal. */
static void append_value(Buffer *b, Random *random, unsigned depth, unsigned n_scalars) {
        uint64_t kind = random_below(random, 4);

        append_blanks(b, random);
        if (depth > 0 && kind == 0)
                append_array(b, random, depth, n_scalars);
        else if (depth > 0 && kind == 1)
                append_object(b, random, depth, n_scalars);
        else
                append(b, scalars[(random_below(random, n_scalars) + kind * 13) %
                                  ELEMENTSOF(scalars)]);
        append_blanks(b, random);
}

START_TEST(scalars_are_as_those_of_trees) {
        Twin twins[ELEMENTSOF(scalars)];

        for (size_t i = 0; i < ELEMENTSOF(scalars); i++) {
                twin_of(&twins[i], scalars[i]);
                check_alone(&twins[i]);
        }
        for (size_t i = 0; i < ELEMENTSOF(scalars); i++)
                for (size_t k = 0; k < ELEMENTSOF(scalars); k++)
                        check_pair(&twins[i], &twins[k]);
        for (size_t i = 0; i < ELEMENTSOF(scalars); i++)
                twin_deinit(&twins[i]);
}
END_TEST

START_TEST(random_values_are_as_those_of_trees) {
        enum { N = 24 };
        Random random = {.state = 11};

        for (int round = 0; round < random_rounds(1500); round++) {
                Twin twins[N];
                for (size_t i = 0; i < N; i++) {
                        Buffer b = {0};
                        unsigned depth = 1 + (unsigned)random_below(&random, DEPTH);
                        append_value(&b, &random, depth, 1 + (unsigned)random_below(&random, 8));
                        twin_init(&twins[i], buffer_bytes(&b), buffer_size(&b));
                        check_alone(&twins[i]);
                        buffer_deinit(&b);
                }
                for (size_t i = 0; i < N; i++)
                        for (size_t k = 0; k < N; k++)
                                check_pair(&twins[i], &twins[k]);
                for (size_t i = 0; i < N; i++)
                        twin_deinit(&twins[i]);
        }
}
END_TEST

/* Doubles of every size, as texts of 1 to 20 digits with a decimal point at any place. */
START_TEST(numbers_are_written_in_their_shortest_form) {
        Random random = {.state = 12};

        for (int round = 0; round < random_rounds(20000); round++) {
                char digits[24], text[64];
                size_t n = 1 + random_below(&random, 20), n_whole = 1 + random_below(&random, n);
                Twin twin;
                for (size_t i = 0; i < n; i++)
                        digits[i] =
                                (char)('0' +
                                       (random_below(&random, 3) ? random_below(&random, 10) : 0));
                if (n_whole > 1 && digits[0] == '0')
                        digits[0] = '1';
                digits[n] = '\0';
                snprintf(text, sizeof(text), "[%s%.*s.%s0%s]", random_below(&random, 2) ? "-" : "",
                         (int)n_whole, digits, digits + n_whole,
                         random_below(&random, 4) ? "" : "e-3");
                if (random_below(&random, 2) && n > n_whole) /* without the leading zero */
                        snprintf(text, sizeof(text), "[%.*s.%s]", (int)n_whole, digits,
                                 digits + n_whole);
                twin_of(&twin, text);
                check_alone(&twin);
                twin_deinit(&twin);
        }
}
END_TEST

START_TEST(a_short_string_is_inline_and_a_longer_one_is_a_block) {
        char text[40];

        for (size_t n = 0; n < sizeof(text) - 2; n++) {
                size_t n_bytes;
                Value v;
                memset(text, 'x', sizeof(text));
                EXPECT(value_string(text, n, &v) == 0);
                ck_assert_int_eq(v.form, n <= VALUE_SHORT_MAX ? VALUE_INLINE : VALUE_BLOCK);
                const char *bytes = value_bytes(&v, &n_bytes);
                ck_assert_uint_eq(n_bytes, n);
                EXPECT(memcmp(bytes, text, n) == 0 && bytes[n] == '\0');
                ck_assert_uint_eq(value_memory(&v) > 0, n > VALUE_SHORT_MAX);
                text[n] = '\0';
                EXPECT(value_is_text(&v, text));
                text[n] = 'y';
                text[n + 1] = '\0';
                EXPECT(!value_is_text(&v, text));
                value_deinit(&v);
        }
}
END_TEST

START_TEST(a_block_has_owners) {
        Value a, b;

        EXPECT(value_string("a string that needs a block", 27, &a) == 0);
        b = value_ref(&a);
        EXPECT(a.block == b.block && a.block->n_refs == 2);
        value_deinit(&a);
        EXPECT(value_is(&a, JSON_NULL) && b.block->n_refs == 1);
        EXPECT(value_is_text(&b, "a string that needs a block"));
        value_deinit(&b);
}
END_TEST

static const struct {
        const char *text;
        bool has;
} references[] = {
        {"[]", false},
        {"{}", false},
        {"[\"$object\"]", false},
        {"{\"a\":\"$object\"}", false},
        {"{\"$object\":\"x\"}", true},
        {"[[{\"a\":{\"$object\" : \"x\"}}]]", true},
        {"{\"\\u0024object\":\"x\"}", true},
        {"{\"$objects\":\"x\"}", false},
};

START_TEST(a_text_without_references_is_known_to_have_none) {
        Twin twin;

        twin_of(&twin, references[_i].text);
        ck_assert_int_eq((value_flags(&twin.value) & VALUE_HAS_REFERENCES) != 0,
                         references[_i].has);
        twin_deinit(&twin);
}
END_TEST

/* As deep as a message may be, and an object whose keys come in two orders. */
START_TEST(deep_and_wide_values_are_compared) {
        enum { DEEP = 1000, WIDE = 20000 };
        Buffer b = {0}, reversed = {0};
        Twin deep, wide, other;

        for (int i = 0; i < DEEP; i++)
                append(&b, i % 2 ? "{\"k\":" : "[");
        append(&b, "1");
        for (int i = DEEP; i > 0; i--)
                append(&b, (i - 1) % 2 ? "}" : "]");
        twin_init(&deep, buffer_bytes(&b), buffer_size(&b));
        check_alone(&deep);
        check_pair(&deep, &deep);
        buffer_truncate(&b, 0);
        append(&b, "{");
        append(&reversed, "{");
        for (int i = 0; i < WIDE; i++) {
                EXPECT(buffer_append_format(&b, "%s\"k%d\":%d", i ? "," : "", i, i) == 0);
                EXPECT(buffer_append_format(&reversed, "%s\"k%d\":%d.0", i ? "," : "", WIDE - 1 - i,
                                            WIDE - 1 - i) == 0);
        }
        append(&b, "}");
        append(&reversed, "}");
        twin_init(&wide, buffer_bytes(&b), buffer_size(&b));
        twin_init(&other, buffer_bytes(&reversed), buffer_size(&reversed));
        EXPECT(value_equal(&wide.value, &other.value));
        check_pair(&wide, &other);
        check_pair(&wide, &deep);
        twin_deinit(&deep);
        twin_deinit(&wide);
        twin_deinit(&other);
        buffer_deinit(&b);
        buffer_deinit(&reversed);
}
END_TEST

/* Each byte at each place of texts that end within a word of eight bytes. */
START_TEST(plain_bytes_are_found_at_every_place) {
        char text[40];

        for (size_t n = 0; n < sizeof(text); n++) {
                for (size_t at = 0; at <= n; at++) {
                        for (unsigned c = 0; c < 256; c++) {
                                memset(text, at % 2 ? 'x' : '\xc3', sizeof(text));
                                if (at < n)
                                        text[at] = (char)c;
                                size_t expected =
                                        at < n && json_needs_escape((unsigned char)c) ? at : n;
                                EXPECT(json_plain_length(text, n) == expected);
                        }
                }
        }
}
END_TEST

START_TEST(integers_are_written_without_printf) {
        static const int64_t integers[] = {0,  1,   -1,        9,         10,           -10,
                                           99, 100, INT64_MAX, INT64_MIN, INT64_MIN + 1};
        Random random = {.state = 13};

        for (size_t i = 0; i < 10000; i++) {
                int64_t n = i < ELEMENTSOF(integers)
                                    ? integers[i]
                                    : (int64_t)random_next(&random) >> random_below(&random, 64);
                char text[JSON_INT_SIZE], expected[32];
                size_t n_text = json_int_format(n, text);
                snprintf(expected, sizeof(expected), "%lld", (long long)n);
                EXPECT(n_text == strlen(expected) && memcmp(text, expected, n_text) == 0);
        }
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("values");
        TCase *tcase = tcase_create("values");

        tcase_set_timeout(tcase, 120);
        tcase_add_test(tcase, scalars_are_as_those_of_trees);
        tcase_add_test(tcase, random_values_are_as_those_of_trees);
        tcase_add_test(tcase, numbers_are_written_in_their_shortest_form);
        tcase_add_test(tcase, a_short_string_is_inline_and_a_longer_one_is_a_block);
        tcase_add_test(tcase, a_block_has_owners);
        tcase_add_loop_test(tcase, a_text_without_references_is_known_to_have_none, 0,
                            ELEMENTSOF(references));
        tcase_add_test(tcase, deep_and_wide_values_are_compared);
        tcase_add_test(tcase, plain_bytes_are_found_at_every_place);
        tcase_add_test(tcase, integers_are_written_without_printf);
        suite_add_tcase(suite, tcase);
        return suite;
}
