/* The lines of shmgrctl shell split into words, and times as the shell shows them. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "duration.h"
#include "tap-main.h"
#include "words.h"

/* The words with a '|' behind each, and flags of the line. */
static const char *split(const char *line) {
        CLEANUP(words_deinit) Words words = {0};
        static char text[256];
        size_t n = 0;

        ck_assert_int_eq(words_split(line, strlen(line), &words), 0);
        text[0] = '\0';
        for (int i = 0; i < words.n; i++)
                n += snprintf(text + n, sizeof(text) - n, "%s|", words.list[i]);
        if (words.n > 0)
                ck_assert_ptr_null(words.list[words.n]);
        snprintf(text + n, sizeof(text) - n, "%s%s", words.is_open ? " open" : "",
                 words.ends_in_blank ? " blank" : "");
        return text;
}

START_TEST(test_split) {
        static const char *const rows[][2] = {
                {"", " blank"},
                {" \t ", " blank"},
                {"a", "a|"},
                {"a bc ", "a|bc| blank"},
                {"'a b' \"c d\"", "a b|c d|"},
                {"a'b'\"c\"\\ d", "abc d|"},
                {"''", "|"},
                {"\"\" x", "|x|"},
                {"'a\\b'", "a\\b|"},
                {"\"a\\b\\\"c\\\\\"", "a\\b\"c\\|"},
                {"\\'a", "'a|"},
                {"a # b", "a| blank"},
                {"a#b", "a#b|"},
                {"'# a'", "# a|"},
                {"# a 'b", " blank"},
                {"'a b", "a b| open"},
                {"a \"b", "a|b| open"},
                {"a\\", "a| open"},
                {"\xc3\xa4 \xc3\xb6", "\xc3\xa4|\xc3\xb6|"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++)
                ck_assert_msg(strcmp(split(rows[i][0]), rows[i][1]) == 0, "%s: %s", rows[i][0],
                              split(rows[i][0]));
}
END_TEST

/* A quoted text is one word, and quotes do not change it. */
START_TEST(test_quote) {
        static const char *const words[] = {"a", "a b", "it's", "\"", "\\", "#x", "a\tb", "$HOME"};
        char expected[64];

        for (size_t i = 0; i < ELEMENTSOF(words); i++) {
                CLEANUP(freep) char *quoted = words_quote(words[i]);
                ck_assert_ptr_nonnull(quoted);
                snprintf(expected, sizeof(expected), "%s|", words[i]);
                ck_assert_str_eq(split(quoted), expected);
        }
}
END_TEST

START_TEST(test_duration) {
        static const struct {
                int64_t us;
                const char *text;
        } rows[] = {
                {0, "0 us"},
                {999, "999 us"},
                {1000, "1 ms"},
                {999999, "999 ms"},
                {1000000, "1.0 s"},
                {59999999, "59.9 s"},
                {60000000, "1 min"},
                {125000000, "2 min 5 s"},
                {3600000000, "1 h"},
                {11000000000, "3 h 3 min"},
                {86400000000, "1 d"},
                {180000000000, "2 d 2 h"},
                {INT64_MAX, "106751991 d 4 h"},
        };

        for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
                CLEANUP(buffer_deinit) Buffer b = {0};
                ck_assert_int_eq(duration_append(&b, rows[i].us), 0);
                ck_assert_int_eq(buffer_append(&b, "", 1), 0);
                ck_assert_str_eq(buffer_bytes(&b), rows[i].text);
        }
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("words");
        TCase *tc = tcase_create("words");

        tcase_add_test(tc, test_split);
        tcase_add_test(tc, test_quote);
        tcase_add_test(tc, test_duration);
        suite_add_tcase(suite, tc);
        return suite;
}
