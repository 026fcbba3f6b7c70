/* Adding to a stored number. */
#pragma once

#include <json-c/json.h>

#include "call/method.h"

/* value + delta as a new value: an integer from two integers, else a double. OUTCOME_DONE;
 * OUTCOME_REFUSED: EINVAL where the value is no number, ERANGE where the sum does not fit; -ENOMEM.
 * delta is a number. */
int arith_add(Call *call, struct json_object *value, struct json_object *delta,
              struct json_object **ret);
