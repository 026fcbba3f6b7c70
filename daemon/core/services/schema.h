/* JSON Schemas of parameters, as far as rpc.discover tells them.
 *
 * They agree with args.c: a value that fits the schema is taken there, and one that does not is refused. Two things are
 * beyond a schema: rules between parameters, and lengths in bytes, which "x-maxBytes" tells.
 *
 * Generators of code want no array without items, one type a schema (oneOf for several), and words in an enum. */
#pragma once

#include <json-c/json.h>

#include "call/method.h"

/* From a text; NULL when memory ran out. */
struct json_object *schema_parse(const char *text);
/* Of a parameter; NULL when memory ran out. */
struct json_object *schema_of_arg(const Arg *arg);
