/* Whether a wait would close a cycle of owners. */
#pragma once

#include <stddef.h>

#include "method.h"
#include "wait.h"

/* To be asked before the call is parked in these queues: OUTCOME_DONE when it may wait,
 * OUTCOME_REFUSED (EDEADLK, data.cycle) when waiting could never end. -ENOMEM. */
int deadlock_check(Call *call, WaitQueue *const *queues, size_t n_queues);
