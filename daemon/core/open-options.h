/* The options of an open where the object is there already. The table of each type says what an option means then
 * (OpenRole, call/method.h); so an option cannot be forgotten: tests/core/test-open-options.c walks the tables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "call/method.h"

struct json_object;

/* Whether the object is what the call's options say: OUTCOME_DONE; OUTCOME_REFUSED, with the first option that
 * contradicts it, what was asked and what is; or -ENOMEM. */
int open_check_options(Call *call, const Object *object);

/* For Arg.get_present: 0 or -ENOMEM. */
int present_int(int64_t value, struct json_object **ret);
int present_bool(bool value, struct json_object **ret);
int present_string(const char *value, struct json_object **ret);
