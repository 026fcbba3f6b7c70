/* Prints texts of the daemon without control characters. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "base/buffer.h"

/* Each appends. Returns 0 or -ENOMEM; the contents of the buffer are then incomplete. */

/* Appends n bytes of UTF-8, with JSON escapes for control characters that are not in `allowed`. */
int shown_append(Buffer *b, const char *s, size_t n, const char *allowed);
/* Appends a value in one line: a string without quotes, any other value as JSON. Also returns
 * -EINVAL, like json_write(). */
int shown_append_value(Buffer *b, struct json_object *value);
/* Appends a line "key: value". */
int shown_append_member(Buffer *b, unsigned indent, const char *key, struct json_object *value);

/* Returns whether the text, which is UTF-8, has a control character. */
bool shown_has_controls(const char *s);

/* Prints the contents of the buffer. */
void shown_put(const Buffer *b);
