/* Adding to a stored number. */
#pragma once

#include "call/method.h"

/* value + delta as a new value: an integer from two integers, else a double. OUTCOME_DONE;
 * OUTCOME_REFUSED: EINVAL where the value is no number, ERANGE where the sum does not fit; -ENOMEM.
 * delta is a number. */
int arith_add(Call *call, const Value *value, const Value *delta, Value *ret);
