/* Parameters of a method, made from its description: for each kind the value that costs most. */
#pragma once

#include <stddef.h>

#include <json-c/json.h>

#include "base/buffer.h"

/* Appends params, an object, for a call of the described method on the object of this name. */
void params_write(Buffer *b, struct json_object *method, const char *type, const char *name,
                  size_t n_elements);
