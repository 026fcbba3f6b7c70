/* Random values written and read back, and texts that were damaged: cut, changed, shuffled. A text that is
 * accepted must mean the same after it is written and read again. */
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

/* Writes a value as text, NUL-terminated. */
static void print(Buffer *b, struct json_object *value) {
        buffer_truncate(b, 0);
        EXPECT(json_write(b, value) == 0);
        EXPECT(buffer_append(b, "", 1) == 0);
}

static struct json_object *random_string(Random *random) {
        char text[64];
        size_t n = 0;
        for (uint64_t left = random_below(random, 12); left > 0; left--) {
                static const char *const pieces[] = {"a",
                                                     "\"",
                                                     "\\",
                                                     "\n",
                                                     "\x01",
                                                     "\x7f",
                                                     "/",
                                                     " ",
                                                     "\xc3\xa9",
                                                     "\xe2\x82\xac",
                                                     "\xf0\x9f\x98\x80"};
                uint64_t i = random_below(random, ELEMENTSOF(pieces) + 1);
                size_t n_piece = i < ELEMENTSOF(pieces) ? strlen(pieces[i]) : 1;
                memcpy(text + n, i < ELEMENTSOF(pieces) ? pieces[i] : "\0", n_piece);
                n += n_piece;
        }
        return json_object_new_string_len(text, (int)n);
}

static struct json_object *random_scalar(Random *random) {
        uint64_t bits = random_next(random);
        double d;
        switch (random_below(random, 6)) {
        case 0:
                return NULL;
        case 1:
                return json_object_new_boolean(bits & 1);
        case 2:
                return json_object_new_int64((int64_t)bits >> random_below(random, 64));
        case 3:
                memcpy(&d, &bits, sizeof(d));
                return json_object_new_double(isfinite(d) ? d : 0.5);
        default:
                return random_string(random);
        }
}

/* Grows a tree: each new value is added to one of its containers. */
static struct json_object *random_tree(Random *random) {
        struct json_object *containers[20];
        size_t n = 0;
        containers[n++] = json_object_new_array();
        for (uint64_t left = random_below(random, 60); left > 0; left--) {
                struct json_object *parent = containers[random_below(random, n)], *value;
                bool grows = n < ELEMENTSOF(containers) && random_below(random, 4) == 0;
                if (grows)
                        value = random_below(random, 2) ? json_object_new_array()
                                                        : json_object_new_object();
                else
                        value = random_scalar(random);
                if (json_object_is_type(parent, json_type_array)) {
                        json_object_array_add(parent, value);
                } else {
                        char key[32];
                        snprintf(key, sizeof(key), "%u\xc3\xa9\n\"", (unsigned)left);
                        json_object_object_add(parent, key, value);
                }
                if (grows)
                        containers[n++] = value;
        }
        return containers[0];
}

/* Asserts that a cursor over the outline, a cursor over the text and the tree have equal members. */
static void check_members(const JsonSpan *container, struct json_object *tree) {
        JsonSpan walked = *container, key, value, walked_key, walked_value;
        JsonCursor cursor, walk;
        size_t n = 0;

        walked.place = NULL;
        json_cursor_init(&cursor, container);
        json_cursor_init(&walk, &walked);
        for (; json_cursor_next(&walk, &walked_key, &walked_value); n++) {
                struct json_object *expected = NULL, *built;
                EXPECT(json_cursor_next(&cursor, &key, &value));
                EXPECT(key.text == walked_key.text && key.n == walked_key.n);
                EXPECT(value.text == walked_value.text && value.n == walked_value.n);
                EXPECT(key.is_plain == walked_key.is_plain && value.kind == walked_value.kind);
                EXPECT(value.is_plain == walked_value.is_plain);
                if (container->kind == JSON_OBJECT) {
                        char *name;
                        size_t n_name;
                        EXPECT(json_span_decode(&key, &name, &n_name) == 0);
                        EXPECT(json_object_object_get_ex(tree, name, &expected));
                        free(name);
                } else {
                        expected = json_object_array_get_idx(tree, n);
                }
                EXPECT(json_build(&value, &built) == 0);
                EXPECT(json_equal(built, expected));
                json_object_put(built);
                if (value.kind == JSON_ARRAY || value.kind == JSON_OBJECT)
                        check_members(&value, expected);
        }
        EXPECT(!json_cursor_next(&cursor, &key, &value));
        EXPECT(n == (container->kind == JSON_OBJECT ? (size_t)json_object_object_length(tree)
                                                    : json_object_array_length(tree)));
}

/* The result of a scan does not depend on how many levels the outline holds. */
static void check_outlines(const char *text, size_t n, int r, struct json_object *tree) {
        JsonScan plain, scan;
        EXPECT(json_scan(text, n, &limits, &plain) == r);
        for (unsigned n_levels = 0; n_levels < 4; n_levels++) {
                JsonOutline outline = {.n_levels = n_levels};
                EXPECT(json_scan_outlined(text, n, &limits, &outline, &scan) == r);
                EXPECT(scan.n_values == plain.n_values && scan.error == plain.error);
                EXPECT(scan.error_offset == plain.error_offset);
                if (r < 0)
                        continue;
                EXPECT(scan.root.text == plain.root.text && scan.root.n == plain.root.n);
                EXPECT(scan.root.kind == plain.root.kind);
                bool is_container = scan.root.kind == JSON_ARRAY || scan.root.kind == JSON_OBJECT;
                EXPECT((scan.root.place && n_levels > 0) || !scan.root.place);
                if (is_container)
                        check_members(&scan.root, tree);
        }
}

START_TEST(random_values_come_back_equal) {
        Random random = {.state = 5};
        for (int i = 0; i < random_rounds(5000); i++) {
                struct json_object *value = random_tree(&random);
                Buffer b = {}, again = {};
                print(&b, value);
                struct json_object *back = parse_n(buffer_bytes(&b), buffer_size(&b) - 1);
                EXPECT(json_equal(value, back));
                EXPECT(json_cost(value) == json_cost(back));
                EXPECT(json_count_values(value) == json_count_values(back));
                check_outlines(buffer_bytes(&b), buffer_size(&b) - 1, 0, value);
                print(&again, back);
                EXPECT(strcmp(buffer_bytes(&b), buffer_bytes(&again)) == 0);
                buffer_deinit(&b);
                buffer_deinit(&again);
                json_object_put(back);
                json_object_put(value);
        }
}
END_TEST

static const char sample[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"dict.set\",\"params\":[\"n\\u00e4me\",{\"k\":-12.5e-3,"
        "\"l\":[true,"
        "false,null]},\"\xf0\x9f\x98\x80 \\ud83d\\ude00 \\\\ \\n\"],\"id\":9223372036854775807,"
        "\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":{\"a\":1}}";

/* Scans a copy of the text, so that memory checkers see its end. If the text is accepted, its meaning must
 * survive writing and reading. */
static bool try_text(const char *text, size_t n) {
        char *copy = malloc(n ? n : 1);
        EXPECT(copy);
        memcpy(copy, text, n);
        struct json_object *value = NULL;
        int r = json_parse(copy, n, &limits, &value, NULL);
        check_outlines(copy, n, r, value);
        free(copy);
        if (r < 0)
                return false;
        Buffer b = {};
        EXPECT(json_write(&b, value) == 0);
        struct json_object *back = parse_n(buffer_bytes(&b), buffer_size(&b));
        EXPECT(json_equal(value, back));
        json_object_put(back);
        json_object_put(value);
        buffer_deinit(&b);
        return true;
}

START_TEST(a_text_cut_anywhere_is_refused) {
        ck_assert(try_text(sample, sizeof(sample) - 1));
        for (size_t n = 0; n < sizeof(sample) - 1; n++)
                EXPECT(!try_text(sample, n));
        for (size_t i = 1; i < sizeof(sample) - 1; i++)
                EXPECT(!try_text(sample + i, sizeof(sample) - 1 - i));
}
END_TEST

START_TEST(a_text_with_any_other_byte_does_no_harm) {
        char text[sizeof(sample)];
        size_t n_accepted = 0, n = sizeof(sample) - 1;
        memcpy(text, sample, sizeof(sample));
        for (size_t i = 0; i < n; i++) {
                for (unsigned c = 0; c < 256; c++) {
                        text[i] = (char)c;
                        n_accepted += try_text(text, n);
                }
                text[i] = sample[i];
        }
        /* The undamaged text is accepted each time, and so are many changed letters within strings. */
        ck_assert_uint_gt(n_accepted, n);
}
END_TEST

START_TEST(random_cuts_and_changes_do_no_harm) {
        Random random = {.state = 6};
        for (int i = 0; i < random_rounds(50000); i++) {
                char text[sizeof(sample)];
                memcpy(text, sample, sizeof(sample));
                size_t n = sizeof(sample) - 1;
                for (uint64_t left = random_below(&random, 4); left > 0; left--) {
                        size_t from = random_below(&random, n), to = random_below(&random, n);
                        size_t length = random_below(&random, n - (from > to ? from : to));
                        memmove(text + to, text + from, length);
                }
                try_text(text, n - random_below(&random, 3));
        }
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("json-random");
        TCase *tcase = tcase_create("json-random");
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, random_values_come_back_equal);
        tcase_add_test(tcase, a_text_cut_anywhere_is_refused);
        tcase_add_test(tcase, a_text_with_any_other_byte_does_no_harm);
        tcase_add_test(tcase, random_cuts_and_changes_do_no_harm);
        suite_add_tcase(suite, tcase);
        return suite;
}
