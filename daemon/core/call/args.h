/* Arguments: from params to the places that the method's table declares. */
#pragma once

#include "call/method.h"
#include "json/json-span.h"

/* Binds params to call->ref->args, by position or by name, and checks each argument. The text of
 * params is NULL if the request has none. Sets the deadline of methods that block. Returns
 * OUTCOME_DONE, or OUTCOME_REFUSED with the wrong parameter in data.param. */
int args_bind(Call *call, const JsonSpan *params);
