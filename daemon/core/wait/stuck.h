/* Finds the sessions that are stuck, for deadlock.c, which has the model.
 *
 * Each hold weighs something (Type.weigh), each waiter bears a weight (Type.tolerance), and a waiter is in the way of
 * holders while those that are stuck weigh more than it bears. The weight of an object only falls during a search, so
 * each place is cleared at most once: a search costs steps in proportion to the sessions, waits, places and holds that
 * it meets. All of it is done in fields of theirs, so there is no memory to run out of. */
#pragma once

#include <stdbool.h>

#include "base/list.h"
#include "wait/waiter.h"

typedef struct Core Core;
typedef struct Object Object;
typedef struct Session Session;

typedef struct Stuck {
        Core *core;
        uint64_t number; /* of this search: Obstacle.number */
        List sessions;   /* Session.in_check: all that were met */
        List queues;     /* WaitQueue.in_check: all that were met */
        List work;       /* WaitQueue.in_work: to be looked at */
        List found;      /* Session.in_check: for cycle.c, those that a cycle was sought from */
} Stuck;

void stuck_init(Stuck *stuck, Core *core);
/* Adds a session to begin with. Asynchronous sessions, and those that do not wait, are never stuck. */
void stuck_suspect(Stuck *stuck, Session *session);
/* Meets all sessions on which the suspects could depend, and leaves Session.is_stuck set in those that are stuck. Ends early
 * when `self`, which may be NULL, is known not to be stuck. */
void stuck_search(Stuck *stuck, const Session *self);
/* Takes a session out, such as one that died: the search continues as if it had released its holds. */
void stuck_free(Stuck *stuck, Session *session, const Session *self);
/* Forgets which sessions are stuck. */
void stuck_deinit(Stuck *stuck);

/* Returns whether the session waits for itself, whatever other sessions do. *ret_over receives the object. */
bool stuck_by_itself(Wait *wait, Object **ret_over);

/* After a search, for a waiter of a stuck session: whether it is kept in its queue; whether holders of the blocker keep it; and
 * the first waiter in line, if that keeps it, otherwise NULL. */
bool stuck_waiter_is_kept(const Waiter *waiter);
bool stuck_by_holders(const Waiter *waiter);
Waiter *stuck_by_turn(const Waiter *waiter);
/* Scratch of the last search. */
Obstacle *obstacle_of(const Object *blocker);
