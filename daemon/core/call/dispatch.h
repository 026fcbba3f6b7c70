/* The choke point that every call passes. */
#pragma once

#include "call/call.h"

/* Runs a fresh call whose session, id and params are set, and replies or parks it. Takes ownership
 * of the call. Serves no waiter. */
void dispatch(Call *call, const char *method, size_t n_method, const JsonSpan *params);

/* Runs a parked call again. Returns an outcome or a negative errno. Sends no reply. */
int dispatch_again(Call *call);
