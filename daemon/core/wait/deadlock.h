/* Whether a wait would close a cycle of owners. */
#pragma once

#include "call/method.h"

/* To be asked when the call has just been parked: OUTCOME_DONE when it may wait, OUTCOME_REFUSED (EDEADLK,
 * data.cycle) when waiting could never end. Allocates nothing but the cycle's description. */
int deadlock_check(Call *call);
