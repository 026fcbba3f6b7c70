/* Parking: a call that cannot be completed now takes its place in queues, within bounds, unless its wait could never end.
 * The model stands in wait.h. */
#pragma once

#include <stddef.h>

#include "call/method.h"
#include "wait/waiter.h"

/* Parks the call in the queue, or leaves it there when it is being served: OUTCOME_PARKED. Or
 * OUTCOME_REFUSED: EAGAIN when it may not wait, EDEADLK when it would close a cycle, EDQUOT at a bound.
 * Or -ENOMEM. Nothing needs undoing after a failure. */
int call_park(Call *call, WaitQueue *queue);
/* Parks like call_park(), with the amount that the call asks for. */
int call_park_at(Call *call, const Place *place);
/* Parks until the first of several places is ready; no two of them are in one queue on one
 * level. Such a waiter keeps no place in the line: waiters behind it may overtake. Returns like
 * call_park(). */
int call_park_any(Call *call, const Place *places, size_t n_places);
/* Parks until all of several places can be had, each in a queue of its own. The call stands in
 * the place that is in its way, and is tried only there; for a parked call, this moves it to the
 * place that is in its way now. Returns like call_park(). */
int call_park_all(Call *call, const Place *places, size_t n_places, size_t in_the_way);
/* Moves a call that is parked in one queue to the end of another. Cannot fail. */
void call_requeue(Call *call, WaitQueue *queue);
/* Removes the deadline of a parked call: it now waits without a bound. */
void call_wait_for_ever(Call *call);

/* For snapshots: the state of a wait besides its call and places. */
typedef struct WaitSaved {
        int64_t number, since_ns, relation;
        uint64_t deadline_serial;
        WaitNeed need;
        size_t standing;
        bool is_for_several;
} WaitSaved;

/* Parks a call as it was parked before. Returns 0, -EEXIST if another call of its session has its id, or -ENOMEM. */
int wait_restore(Call *call, const Place *places, size_t n, const WaitSaved *saved);

/* For serve.c: */
/* Undoes the parking of a call, in two steps: it waits no longer; its id is free again, and its charges are given back.
 * Between them it is known by its id, and in relations, though it is not parked. */
void wait_leave(Wait *wait);
void wait_discharge(Wait *wait);
/* Both. */
void wait_unlink(Wait *wait);
/* Releases the charge for its arguments. */
void wait_release(Wait *wait);
