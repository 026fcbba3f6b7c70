/* Waits that close a cycle of owners, and sessions that come into one without a new wait. */
#pragma once

#include "call/method.h"
#include "wait/waiter.h"

typedef struct Core Core;

/* Call this when the call has just been parked: OUTCOME_DONE when it may wait, OUTCOME_REFUSED (EDEADLK,
 * data.cycle) when waiting could never end. Allocates nothing but the cycle's description. */
int deadlock_check(Call *call);
/* Of the cycles that sessions have come into since the last time: a wait that must end, its call being refused with
 * EDEADLK; what it kept is served before the next. NULL when no cycle is left. */
Wait *deadlocks_next(Core *core);
