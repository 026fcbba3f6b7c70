/* JSON Schemas of parameters, as rpc.discover returns them.
 *
 * They agree with args.c: it accepts exactly the values that match the schema. A schema cannot
 * express rules between parameters, nor lengths in bytes, which "x-maxBytes" contains.
 *
 * For code generators each array has items, each schema has one type (or oneOf), and each enum
 * contains words. */
#pragma once

#include <json-c/json.h>

#include "call/method.h"

/* Parses a text. Returns NULL if memory ran out. */
struct json_object *schema_parse(const char *text);
/* Returns the schema of a parameter; NULL if memory ran out. */
struct json_object *schema_of_arg(const Arg *arg);
