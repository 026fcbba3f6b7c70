/* Waits that close a cycle of owners, and sessions that come into one without a new wait. */
#pragma once

#include "call/method.h"

typedef struct Core Core;
typedef struct Session Session;

/* To be asked when the call has just been parked: OUTCOME_DONE when it may wait, OUTCOME_REFUSED (EDEADLK,
 * data.cycle) when waiting could never end. Allocates nothing but the cycle's description. */
int deadlock_check(Call *call);
/* The session has taken more, or one of its waits has ended: if others of its calls wait, they may be part of
 * a cycle now. deadlocks_end() looks after it. */
void session_is_unsure(Session *session);
/* Ends a wait of each cycle that sessions have come into since the last time, with EDEADLK. */
void deadlocks_end(Core *core);
