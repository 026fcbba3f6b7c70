/* Equality and order of json-c trees. Tests compare the daemon's values (json/value.h) and texts against
 * them. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* Deep equality. 1 and 1.0 are equal (an int64 and a double are compared exactly, without rounding either);
 * true is not 1; the order of an object's members does not matter. */
bool json_equal(struct json_object *a, struct json_object *b);

/* Orders values as Python does: numbers by value, strings by code point, booleans false before true, arrays
 * element by element. Returns 0 with *ret < 0, 0 or > 0; -EDOM if the two have no order (null, objects,
 * different kinds). */
int json_order(struct json_object *a, struct json_object *b, int *ret);
