/* Questions about json-c values that the types and the library share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

/* "null", "boolean", "integer", "number", "string", "array" or "object", for messages. */
const char *json_kind_name(struct json_object *value);

/* Deep equality. 1 and 1.0 are equal (an int64 and a double compare exactly, without rounding
 * either); true is not 1; objects are equal whatever the order of their members. */
bool json_equal(struct json_object *a, struct json_object *b);

/* Order as Python's: numbers with numbers, strings by code point, booleans with booleans,
 * arrays element by element. 0 with *ret < 0, 0 or > 0; -EDOM when these two have no order
 * (null, objects, or different kinds). */
int json_order(struct json_object *a, struct json_object *b, int *ret);

/* The cost of a stored value for its owner's account, in bytes: an estimate of the memory, always
 * the same for the same value. */
size_t json_cost(struct json_object *value);

/* The number of values in the tree, itself included. */
size_t json_count_values(struct json_object *value);
/* How deeply containers are nested: 0 for a scalar. */
unsigned json_depth(struct json_object *value);
