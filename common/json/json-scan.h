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

#include <stddef.h>

#include "json/json-span.h"

typedef struct JsonLimits {
        unsigned max_depth; /* containers within containers; a scalar has depth 0, [] depth 1 */
        size_t max_members; /* members of objects and elements of arrays, counted over the whole text */
} JsonLimits;

/* Scans n bytes that hold exactly one JSON text (blanks around it are allowed).
 * 0; -EBADMSG with error and error_offset set; -EMSGSIZE likewise when a bound was
 * exceeded; -ENOMEM. */
int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonScan *ret);
