/* Rejects waits that close a cycle of owners, and breaks cycles that close without a new wait. */
#pragma once

#include "call/method.h"
#include "wait/waiter.h"

typedef struct Core Core;

/* Called when the call has just been parked. Returns OUTCOME_DONE if it may wait, or OUTCOME_REFUSED (EDEADLK,
 * data.cycle) if the wait could never end. Allocates nothing but the cycle's description. */
int deadlock_check(Call *call);
/* Looks for cycles that have closed since the last call. Returns a wait that must end, whose call was refused with EDEADLK, or
 * NULL if no cycle is left. The waits that it kept are served before the next call. */
Wait *deadlocks_next(Core *core);
