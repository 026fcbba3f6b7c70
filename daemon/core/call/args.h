/* Arguments: from params to the places that the method's table declares. */
#pragma once

#include "call/method.h"
#include "json/json-span.h"

/* Binds params, whose text is NULL where there are none, to call->ref->args, by position or by name, and checks each: OUTCOME_DONE, or
 * OUTCOME_REFUSED with the parameter at fault in data.param. Sets the deadline of methods that block. */
int args_bind(Call *call, const JsonSpan *params);
