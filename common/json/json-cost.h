/* The size of json-c values. */
#pragma once

#include <stddef.h>

#include <json-c/json.h>

/* Returns an estimate of the memory that a tree takes, in bytes. Equal values have equal costs. */
size_t json_cost(struct json_object *value);
/* Returns the number of values in the tree, itself included. */
size_t json_count_values(struct json_object *value);
/* Returns how deeply containers are nested: 0 for a scalar. */
unsigned json_depth(struct json_object *value);
