/* The scanner checks every message first: that it is JSON of RFC 8259, in valid UTF-8,
 * within bounds, with numbers that the daemon can store. It builds no tree.
 *
 * It rejects more than the grammar of the RFC does: nesting and member counts over the
 * bounds; a key that occurs twice in one object (compared after decoding, so
 * "a" and "\u0061" are the same); U+0000 in a key; an integer (no fraction, no
 * exponent) outside of int64; a number whose double would be infinite; an
 * unpaired surrogate escape; a byte order mark. Numbers that underflow are
 * accepted (as zero). No recursion; one pass; time linear in the text. */
#pragma once

#include <stddef.h>

#include "json/json-limits.h"
#include "json/json-outline.h"
#include "json/json-span.h"

/* Scans n bytes that hold exactly one JSON text (blanks around it are allowed). Returns 0;
 * -EBADMSG or, if a bound was exceeded, -EMSGSIZE, both with error and error_offset set;
 * -ENOMEM. */
int json_scan(const char *text, size_t n, const JsonLimits *limits, JsonScan *ret);
/* Scans like json_scan(). If the text is accepted, the outline receives its outermost containers, at up to outline->n_levels
 * levels; the caller sets that number. */
int json_scan_outlined(const char *text, size_t n, const JsonLimits *limits, JsonOutline *outline,
                       JsonScan *ret);

/* Scans a long text as it arrives, with the results of json_scan_outlined(). Each call gets the whole text that has arrived,
 * whose buffer may have moved. Bytes that were scanned are not scanned again, so all calls together cost as much as one scan
 * of the whole text. */
typedef struct JsonScanner JsonScanner;

/* Returns NULL if memory is short. */
JsonScanner *json_scanner_new(const JsonLimits *limits);
/* Takes NULL; returns NULL. */
JsonScanner *json_scanner_free(JsonScanner *scanner);
size_t json_scanner_memory(const JsonScanner *scanner);
/* Scans the part of the text that has arrived. json_scanner_finish() returns the errors. */
void json_scanner_advance(JsonScanner *scanner, const char *text, size_t n);
/* The text is complete: returns what json_scan() would. */
int json_scanner_finish(JsonScanner *scanner, const char *text, size_t n, JsonScan *ret);
