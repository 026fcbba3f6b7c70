/* Text to json-c values and back.
 *
 * Only the values are json-c's. Its tokener accepts more than JSON, and may build a
 * wrong tree when memory runs out. Its printer keeps a copy of the text inside the
 * value. Every request passes through both directions, so this library has its own. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"
#include "json/json-scan.h"

/* Builds the value of a span that has passed json_scan(), with json_object_new_*(). JSON null is a
 * NULL pointer, as everywhere in json-c. Returns 0, or -ENOMEM with nothing built. Does not recurse. */
int json_build(const JsonSpan *span, struct json_object **ret);

/* Scans and builds a text that is one value. If ret_scan is not NULL it receives the notes of the scan,
 * with its error. */
int json_parse(const char *text, size_t n, const JsonLimits *limits, struct json_object **ret,
               JsonScan *ret_scan);

/* Appends the compact text of a value. Doubles are written in the shortest form that is read back
 * bit by bit and always with '.' or 'e', whatever the locale; strings escape only what RFC 8259
 * demands (and DEL), and UTF-8 is copied. Returns 0; -ENOMEM, or -EINVAL for a value that JSON
 * cannot carry (infinite or NaN doubles, integers over INT64_MAX, invalid UTF-8), both with the
 * buffer unchanged. */
int json_write(Buffer *b, struct json_object *value);
/* Appends a string literal, quotes included. */
int json_write_string(Buffer *b, const char *s, size_t n);
int json_write_int(Buffer *b, int64_t i);
int json_write_double(Buffer *b, double d);
