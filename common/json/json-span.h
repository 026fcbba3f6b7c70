/* A value within a text that has passed the scanner: where it stands and what it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum JsonKind {
        JSON_NULL,
        JSON_BOOL,
        JSON_INT, /* no fraction and no exponent: fits int64 */
        JSON_DOUBLE,
        JSON_STRING,
        JSON_ARRAY,
        JSON_OBJECT,
} JsonKind;

/* A value within a scanned text: n bytes at text, without surrounding blanks. */
typedef struct JsonSpan {
        const char *text;
        size_t n;
        JsonKind kind;
} JsonSpan;

/* The scanner's notes about a whole text. */
typedef struct JsonScan {
        JsonSpan root;
        size_t n_values;        /* all values of the text, the root included; keys are not values */
        size_t n_bytes_decoded; /* of strings and keys, after decoding of escapes */
        /* When it failed: */
        size_t error_offset; /* of the byte at fault */
        const char *error;   /* static text in English, such as "a key stands twice" */
} JsonScan;

/* Walks the members of an object or the elements of an array whose text HAS PASSED
 * json_scan(). Initialise with json_cursor_init() on a span of either kind. */
typedef struct JsonCursor {
        const char *at, *end;
        bool is_object;
} JsonCursor;

void json_cursor_init(JsonCursor *c, const JsonSpan *container);
/* True and the next member; false at the end. ret_key is the key's string literal, quotes
 * included (empty for arrays, may be NULL). */
bool json_cursor_next(JsonCursor *c, JsonSpan *ret_key, JsonSpan *ret_value);

/* Whether a scanned string literal decodes to exactly this text. */
bool json_span_equals(const JsonSpan *string, const char *text);
/* Decodes a scanned string literal into a new NUL-terminated buffer (which may hold
 * NULs of its own). 0 or -ENOMEM. */
int json_span_decode(const JsonSpan *string, char **ret, size_t *ret_n);
