/* The one choke point that every call passes. */
#pragma once

#include "call/call.h"

/* Runs a fresh call whose session, id and params are set, and answers it or leaves it parked. Takes
 * the call over. Serves nobody. */
void dispatch(Call *call, const char *method, size_t n_method, const JsonSpan *params);

/* Runs a parked call again: an outcome or -errno. Sends no reply. */
int dispatch_again(Call *call);
