/* The text between the quotes of a string literal that was found valid: its
 * escapes decoded, and literals compared by what they mean. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct JsonLiteral {
        const char *text; /* behind the opening quote */
        size_t n;         /* up to the closing one */
        bool is_escaped;  /* whether there is a backslash in it */
} JsonLiteral;

/* Decodes into ret, which has room for n bytes; the number of bytes that it came to. */
size_t json_literal_decode(const JsonLiteral *literal, char *ret);
/* Whether both decode to the same bytes. */
bool json_literal_equal(const JsonLiteral *a, const JsonLiteral *b);
/* Whether it decodes to exactly these n bytes. */
bool json_literal_is(const JsonLiteral *literal, const char *bytes, size_t n);

/* The order of the decoded bytes: < 0, 0 or > 0. That of code points is the same: UTF-8 was made so. */
int json_literal_order(const JsonLiteral *a, const JsonLiteral *b);

/* Reads one escape at its backslash, and goes behind it; the number of bytes that it decodes to. */
unsigned json_escape_decode(const char **at, char ret[4]);
/* The number that four hexadecimal digits make, or -1. */
int json_hex4(const char *s);
