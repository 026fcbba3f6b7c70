/* Patterns for names, as a shell has them. A pattern matches a whole text:
 *
 *     *        any number of characters, none included; also '/' and a leading '.'
 *     ?        one character
 *     [abc]    one of these characters; [a-z] one of a range, by code point; [!a-z] or [^a-z] any other. A ']' stands
 *              first, a '-' first or last. [[:digit:]] and the other classes of POSIX, which have ASCII members alone.
 *              A '[' without its ']' is itself.
 *     \x       the character x itself, also within brackets. A pattern that ends with one '\' matches nothing.
 *
 * Characters are those of UTF-8; a byte that belongs to none is a character by itself.
 *
 * The cost is bounded by the product of the lengths, and never exponential: the matcher goes back only to the last '*'. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERN_MAX = 255 }; /* bytes */

typedef enum PatternKind {
        PATTERN_STAR,
        PATTERN_ANY,
        PATTERN_CHARACTER,
        PATTERN_SET,
        PATTERN_NOTHING, /* matches no character */
} PatternKind;

typedef struct PatternElement {
        PatternKind kind;
        uint32_t character;  /* PATTERN_CHARACTER: a code point */
        uint16_t begin, end; /* PATTERN_SET: the members are text[begin, end) */
        bool is_negated;     /* PATTERN_SET */
} PatternElement;

typedef struct Pattern {
        char text[PATTERN_MAX + 1];
        PatternElement elements[PATTERN_MAX];
        size_t n_elements;
} Pattern;

/* Parses a pattern. Returns false if the text is longer than PATTERN_MAX. */
bool pattern_init(Pattern *pattern, const char *text);
/* Adds to *n_compared, which may be NULL, the characters and members of sets that were compared. */
bool pattern_matches(const Pattern *pattern, const char *text, uint64_t *n_compared);
/* Returns an upper bound for the number that pattern_matches() adds, for a text of n bytes. */
uint64_t pattern_compares_most(const Pattern *pattern, size_t n);
