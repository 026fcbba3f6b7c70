/* <type>.open: the same for every type. */
#pragma once

#include <sys/types.h>

#include <json-c/json.h>

#include "method.h"

extern const Method open_method;

/* The bits of an argument of kind ARG_MODE. */
mode_t mode_of_json(struct json_object *value);
