/* Equality and order of json-c values: the trees that the tests compare values (json/value.h) and texts with. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* Deep equality. 1 and 1.0 are equal (an int64 and a double compare exactly, without rounding
 * either); true is not 1; objects are equal whatever the order of their members. */
bool json_equal(struct json_object *a, struct json_object *b);

/* Order as Python's: numbers with numbers, strings by code point, booleans with booleans,
 * arrays element by element. 0 with *ret < 0, 0 or > 0; -EDOM when these two have no order
 * (null, objects, or different kinds). */
int json_order(struct json_object *a, struct json_object *b, int *ret);
