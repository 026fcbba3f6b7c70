/* Adds to a stored number. */
#pragma once

#include "call/method.h"

/* Computes value + delta, an integer from two integers, otherwise a double. delta is a number.
 * Returns OUTCOME_DONE; OUTCOME_REFUSED: EINVAL if value is not a number, ERANGE if the sum is out
 * of range; or -ENOMEM. */
int arith_add(Call *call, const Value *value, const Value *delta, Value *ret);
