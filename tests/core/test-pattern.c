/* Patterns for names: against fnmatch(3), and the greatest cost of a match. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/pattern.h"
#include "random.h"
#include "tap-main.h"

enum { N_CASES = 50000, TEXT_MAX = 64 };

static bool matches(const char *text_of_pattern, const char *text) {
        Pattern pattern;
        uint64_t n = 0;

        ck_assert(pattern_init(&pattern, text_of_pattern));
        bool does = pattern_matches(&pattern, text, &n);
        ck_assert_uint_le(n, pattern_compares_most(&pattern, strlen(text)));
        return does;
}

static const struct {
        const char *pattern, *text;
        bool matches;
} cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", ".a/b", true},
        {"a*", "a", true},
        {"a*b*c", "a/b/b/c", true},
        {"a*b*c", "a/b/b/c/", false},
        {"*ab", "aab", true},
        {"?", "", false},
        {"?", "\303\251", true},
        {"??", "\303\251", false},
        {"[\303\240-\303\277]", "\303\251", true},
        {"[!\303\240-\303\277]", "\303\251", false},
        {"[!a]", "\303\251", true},
        {"?", "\303", true}, /* an invalid byte counts as one character */
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\\\", "\\", true},
        {"a\\", "a", false},
        {"a\\", "a\\", false},
        {"[]]", "]", true},
        {"[!]]", "]", false},
        {"[a\\]b]", "]", true},
        {"[a-]", "-", true},
        {"[z-a]", "m", false},
        {"[", "[", true},
        {"[a", "[a", true},
        {"[[:a]", ":", true},
        {"[[:digit:]x]", "7", true},
        {"[[:digit:]x]", "x", true},
        {"[[:digit:]x]", "d", false},
        {"[^[:space:]]", "\t", false},
        {"[[:alpha:]]", "\303\251", false},
        {"job[1]", "job[1]", false},
        {"job\\[1\\]", "job[1]", true},
};

START_TEST(test_cases) {
        for (size_t i = 0; i < ELEMENTSOF(cases); i++)
                if (matches(cases[i].pattern, cases[i].text) != cases[i].matches)
                        ck_abort_msg("%s, %s", cases[i].pattern, cases[i].text);
}
END_TEST

/* Pieces of which texts are made. */
typedef struct Pieces {
        const char *const *pieces;
        const char *const *as_bytes; /* the pieces with one byte in place of each character */
        size_t n;
} Pieces;

static void draw(Random *random, const Pieces *from, char *ret, char *ret_as_bytes) {
        size_t n = random_below(random, 9);

        ret[0] = ret_as_bytes[0] = '\0';
        for (size_t i = 0; i < n; i++) {
                size_t k = random_below(random, from->n);
                strcat(ret, from->pieces[k]);
                strcat(ret_as_bytes, from->as_bytes[k]);
        }
}

/* For a '[' without ']' glibc's fnmatch(3) matches the character '[', but for a range that is cut off it matches
 * nothing. */
static bool is_cut_off(const char *pattern) {
        size_t n = strlen(pattern);

        return n > 0 && (pattern[n - 1] == '-' || pattern[n - 1] == '\\');
}

/* fnmatch(3) matches bytes, so both get the pieces as bytes. */
static void compare_random(const Pieces *in_patterns, const Pieces *in_texts) {
        Random random = {.state = 11};
        char pattern[TEXT_MAX], pattern_bytes[TEXT_MAX], text[TEXT_MAX], text_bytes[TEXT_MAX];
        int n_matched = 0;

        for (int i = 0; i < random_rounds(N_CASES); i++) {
                draw(&random, in_patterns, pattern, pattern_bytes);
                draw(&random, in_texts, text, text_bytes);
                bool expected = fnmatch(pattern_bytes, text_bytes, 0) == 0;
                if (matches(pattern, text) != expected && !is_cut_off(pattern))
                        ck_abort_msg("'%s', '%s': fnmatch(3) says %d", pattern, text, expected);
                n_matched += expected;
        }
        ck_assert_int_gt(n_matched, random_rounds(N_CASES) / 50);
}

#define PIECES(array, as_bytes) (&(Pieces){array, as_bytes, ELEMENTSOF(array)})

START_TEST(test_random) {
        static const char *const in_patterns[] = {
                "a", "b", "c", "*", "*", "?", "[ab]", "[!a]", "[^bc]", "[a-b]", "\\a", "\\*",
        };
        static const char *const in_texts[] = {"a", "b", "c", "a", "b", "*", "/"};

        compare_random(PIECES(in_patterns, in_patterns), PIECES(in_texts, in_texts));
}
END_TEST

/* Draws the characters one by one, so that sets end early, late and never. */
START_TEST(test_random_sets) {
        static const char *const in_patterns[] = {
                "a", "b", "[", "[", "]", "]", "!", "-", "\\", "*",
        };
        static const char *const in_texts[] = {"a", "b", "[", "]", "!", "-", "\\"};

        compare_random(PIECES(in_patterns, in_patterns), PIECES(in_texts, in_texts));
}
END_TEST

START_TEST(test_random_utf8) {
        static const char *const in_patterns[] = {
                "a", "\303\251",    "\342\202\254", "*",
                "?", "[a\303\251]", "[!\303\251]",  "[\303\240-\303\277]",
        };
        static const char *const patterns_as_bytes[] = {
                "a", "e", "u", "*", "?", "[ae]", "[!e]", "[d-f]",
        };
        static const char *const in_texts[] = {"a", "\303\251", "\342\202\254", "\360\237\230\200"};
        static const char *const texts_as_bytes[] = {"a", "e", "u", "s"};

        compare_random(PIECES(in_patterns, patterns_as_bytes), PIECES(in_texts, texts_as_bytes));
}
END_TEST

/* Patterns for which a backtracking matcher would take exponential time. */
START_TEST(test_cost) {
        static const char *const pieces[] = {"*a", "*[ab]", "*?a", "*[!b]a", "[[:a:][", "*[[:a:]"};
        char pattern[PATTERN_MAX + 1] = "", name[PATTERN_MAX + 1];
        Pattern p;
        uint64_t n = 0;

        while (strlen(pattern) + strlen(pieces[_i]) < PATTERN_MAX - 1)
                strcat(pattern, pieces[_i]);
        strcat(pattern, "x");
        memset(name, 'a', PATTERN_MAX);
        name[PATTERN_MAX] = '\0';
        ck_assert(pattern_init(&p, pattern));
        ck_assert(!pattern_matches(&p, name, &n));
        ck_assert_uint_le(n, (uint64_t)(PATTERN_MAX + 2) * (PATTERN_MAX + 1));
        ck_assert_uint_le(n, pattern_compares_most(&p, PATTERN_MAX));
}
END_TEST

START_TEST(test_linear) {
        char name[PATTERN_MAX + 1];
        Pattern p;
        uint64_t n = 0;

        memset(name, 'a', PATTERN_MAX);
        name[PATTERN_MAX] = '\0';
        ck_assert(pattern_init(&p, "aaaa*"));
        ck_assert(pattern_matches(&p, name, &n));
        ck_assert_uint_le(n, pattern_compares_most(&p, PATTERN_MAX));
        ck_assert_uint_le(pattern_compares_most(&p, PATTERN_MAX), PATTERN_MAX + 10);
}
END_TEST

START_TEST(test_too_long) {
        char text[PATTERN_MAX + 2];
        Pattern p;

        memset(text, '*', PATTERN_MAX + 1);
        text[PATTERN_MAX + 1] = '\0';
        ck_assert(!pattern_init(&p, text));
        text[PATTERN_MAX] = '\0';
        ck_assert(pattern_init(&p, text));
        ck_assert(pattern_matches(&p, "x", NULL));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("pattern");
        TCase *c = tcase_create("pattern");

        tcase_set_timeout(c, 60);
        tcase_add_test(c, test_cases);
        tcase_add_test(c, test_random);
        tcase_add_test(c, test_random_sets);
        tcase_add_test(c, test_random_utf8);
        tcase_add_loop_test(c, test_cost, 0, 6);
        tcase_add_test(c, test_linear);
        tcase_add_test(c, test_too_long);
        suite_add_tcase(suite, c);
        return suite;
}
