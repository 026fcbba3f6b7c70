/* The text between the quotes of a string literal that has passed the scanner. Literals are
 * compared by their decoded bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct JsonLiteral {
        const char *text; /* behind the opening quote */
        size_t n;         /* up to the closing one */
        bool is_escaped;  /* a backslash is among the n bytes */
} JsonLiteral;

/* Decodes into ret, which has room for n bytes. Returns the number of decoded bytes. */
size_t json_literal_decode(const JsonLiteral *literal, char *ret);
/* Returns whether both decode to equal bytes. */
bool json_literal_equal(const JsonLiteral *a, const JsonLiteral *b);
/* Returns whether it decodes to exactly these n bytes. */
bool json_literal_is(const JsonLiteral *literal, const char *bytes, size_t n);

/* Returns the order of the decoded bytes: < 0, 0 or > 0. In UTF-8 it is also the order of the code points. */
int json_literal_order(const JsonLiteral *a, const JsonLiteral *b);

/* Decodes one escape at its backslash, and moves *at past it. Returns the number of decoded bytes. */
unsigned json_escape_decode(const char **at, char ret[4]);
/* Returns the number of four hexadecimal digits, or -1. */
int json_hex4(const char *s);
