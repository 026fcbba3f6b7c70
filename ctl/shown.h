/* How texts from the daemon are shown: without control characters. */
#pragma once

#include <stddef.h>

#include <json-c/json.h>

#include "base/buffer.h"

/* Each appends and returns 0 or -ENOMEM; the buffer is then to be thrown away. */

/* n bytes of UTF-8, with escapes as in JSON for control characters but those allowed. */
int shown_append(Buffer *b, const char *s, size_t n, const char *allowed);
/* A value within a line: a string without quotes, the rest as JSON (-EINVAL as json_write()). */
int shown_append_value(Buffer *b, struct json_object *value);
/* A line "key: value". */
int shown_append_member(Buffer *b, unsigned indent, const char *key, struct json_object *value);

/* Prints what was gathered. */
void shown_put(const Buffer *b);
