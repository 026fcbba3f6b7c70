/* The options of an open if the object exists already. The table of each type tells what an option
 * means then (OpenRole, call/method.h), so no option can be forgotten:
 * tests/core/test-open-options.c walks the tables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "call/method.h"

struct json_object;

/* Checks whether the object agrees with the options of the call. Returns OUTCOME_DONE;
 * OUTCOME_REFUSED, with the first option that contradicts it, the requested value and the present
 * one; or -ENOMEM. */
int open_check_options(Call *call, const Object *object);

/* For Arg.get_present: each returns 0 or -ENOMEM. */
int present_int(int64_t value, struct json_object **ret);
int present_bool(bool value, struct json_object **ret);
int present_string(const char *value, struct json_object **ret);
