/* Results on standard output: as JSON, or for people. */
#pragma once

#include <json-c/json.h>

/* Each prints whole lines: 0, or -ENOMEM with nothing printed, or -EINVAL for a value that JSON cannot carry. */

/* Compact JSON in one line. */
int print_json(struct json_object *value);
/* For people: a string as it is, an array's elements one a line, an object's members as
 * "key: value". */
int print_value(struct json_object *value);
/* A value in exactly one line: strings without quotes, their control characters escaped. */
int print_line(struct json_object *value);
/* The members of an object, a line each. */
int print_members(struct json_object *object, unsigned indent);
