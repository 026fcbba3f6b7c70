/* The gate that every frame passes first: is this RFC 8259 JSON, in valid UTF-8,
 * within bounds, with numbers that we can keep? It builds nothing.
 *
 * Refused beyond the RFC's own grammar: nesting and member counts over the
 * bounds; a key that stands twice in one object (compared after decoding, so
 * "a" and "\u0061" are the same); U+0000 in a key; an integer (no fraction, no
 * exponent) outside of int64; a number whose double would be infinite; an
 * unpaired surrogate escape; a byte order mark. Numbers that underflow are
 * accepted (as zero). No recursion; one pass; time linear in the text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct JsonLimits {
        unsigned max_depth; /* containers within containers; a scalar has depth 0, [] depth 1 */
        size_t max_members; /* members of objects and elements of arrays, counted over the whole text */
} JsonLimits;

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

typedef struct JsonScan {
        JsonSpan root;
        size_t n_values;        /* all values of the text, the root included; keys are not values */
        size_t n_bytes_decoded; /* of strings and keys, after decoding of escapes */
        /* When it failed: */
        size_t error_offset; /* of the byte at fault */
        const char *error;   /* static text in English, such as "a key stands twice" */
} JsonScan;

/* Scans n bytes that hold exactly one JSON text (blanks around it are allowed).
 * 0; -EBADMSG with error and error_offset set; -EMSGSIZE likewise when a bound was
 * exceeded; -ENOMEM. */
int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonScan *ret);

/* Walks the members of an object or the elements of an array whose text HAS PASSED
 * json_scan(). Initialise with json_cursor_init() on a span of either kind. */
typedef struct JsonCursor {
        const char *at, *end;
        bool is_object;
} JsonCursor;

void json_cursor_init(JsonCursor *c, const JsonSpan *container);
/* True and the next member; false at the end. ret_key is the key's string literal, quotes
 * included (unset for arrays, may be NULL). */
bool json_cursor_next(JsonCursor *c, JsonSpan *ret_key, JsonSpan *ret_value);

/* Whether a scanned string literal decodes to exactly this text. */
bool json_span_equals(const JsonSpan *string, const char *text);
/* Decodes a scanned string literal into a new NUL-terminated buffer (which may hold
 * NULs of its own). 0 or -ENOMEM. */
int json_span_decode(const JsonSpan *string, char **ret, size_t *ret_n);
