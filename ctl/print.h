/* Prints results on standard output, as JSON or for people. */
#pragma once

#include <json-c/json.h>

/* Each prints whole lines. Returns 0, -ENOMEM with nothing printed, or -EINVAL for a value that
 * JSON cannot express. */

/* As compact JSON in one line. */
int print_json(struct json_object *value);
/* For people: a string as it is, an array with one element per line, an object with one "key:
 * value" per line. */
int print_value(struct json_object *value);
/* In exactly one line: strings without quotes, with control characters escaped. */
int print_line(struct json_object *value);
/* The members of an object, one per line. */
int print_members(struct json_object *object, unsigned indent);
