/* What stands between the quotes of a string literal that has been found valid: its
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

/* The number that four hexadecimal digits make, or -1. */
int json_hex4(const char *s);
