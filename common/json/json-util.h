/* Builds JSON values. Each step may run out of memory, and returns -ENOMEM then. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

/* Returns "null", "boolean", "integer", "number", "string", "array" or "object", for messages. */
const char *json_kind_name(struct json_object *value);
/* Returns whether the value is this string. A string that continues behind a U+0000 is another one. */
bool json_is_text(struct json_object *value, const char *text);
/* Returns whether the value is an integer of 64 bits. JSON has one kind of number: 1.0 is one, too. */
bool json_is_whole(struct json_object *value, int64_t *ret);
/* For CLEANUP: drops a reference. */
void json_putp(struct json_object **value);

/* Each adds a member to an object. Returns 0, or -ENOMEM with the object unchanged. */
int json_put_int(struct json_object *object, const char *key, int64_t value);
int json_put_bool(struct json_object *object, const char *key, bool value);
int json_put_string(struct json_object *object, const char *key, const char *value);
/* Takes ownership of the value, even if it fails. A NULL value means that making it failed: -ENOMEM. */
int json_put(struct json_object *object, const char *key, struct json_object *value);
/* Works like json_put(), but a NULL value is the null of JSON. */
int json_put_nullable(struct json_object *object, const char *key, struct json_object *value);
/* Appends to an array. Takes ownership like json_put(). */
int json_push(struct json_object *array, struct json_object *value);
