/* Waiting.
 *
 * A call that cannot be completed now parks: call_park() links it into a queue of the object, and the session
 * and the object list it. A parked call is in one of four states.
 *
 *   state        where                                who moves it on
 *   in line      WaitQueue.ordered of one queue       waits_serve(), when all before it have left
 *   by level     WaitQueue.by_level                   waits_serve(), when its level can go on
 *   watching     WaitQueue.watchers of 1 to 64 queues waits_serve(), when one of them is ready
 *   being tried  Wait.tried is set                    its method, which completes, or parks again
 *
 * A method that changes an object so that waiters may go on signals the queue. Signals take effect only after
 * the running method (or batch, or the end of a session) is over: waits_serve() then runs parked methods again.
 * A method that is run again either completes, which ends its wait, or parks again, which leaves the wait where
 * it is or moves it to the object that is in its way now.
 *
 * A serving costs what can go on, and not what waits. The line is tried from its head, and the first that parks
 * again ends the serving, so nobody is overtaken. Waiters that keep no turn are tried only when the object's
 * state lets their level go on (WaitQueue.get_levels): a counter's threshold, a number of permits, reading or
 * writing. A wait for all of several objects is listed in the queues of all, for the end of one and for the
 * search for deadlocks, and is tried in one, where it stands: the first object that is in its way. A wait for
 * one of several is tried where an object is ready, and has an end then.
 *
 * All who stand in one queue are served by age (Wait.number), except where the line keeps them: a waiter that
 * keeps no turn is tried before the head of the line when it is older, and after it when it is younger. A
 * session that takes more of an object that gives more at once (a recursive lock) may need no turn any more;
 * waits_note_taken() has its waits there tried.
 *
 * wait_end() is the one way a wait ends without being served: time, cancel, the end of the session or of the
 * object.
 *
 * What must never happen: a waiter that can go on is left where nothing will try it (the fuzzer tries all after
 * each step, with waitqueue_signal_all()); a method that is run again ends another wait of the same queue; a
 * waiter that is tried in vain is tried again in the same serving; a dead session is served in a queue from
 * which something is taken. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/tree.h"
#include "call/method.h"

typedef struct Core Core;
typedef struct Session Session;
typedef struct Wait Wait;
typedef struct WaitQueue WaitQueue;

/* How much of an object is asked for, where sessions hold it. */
typedef struct Claim {
        bool is_shared; /* together with others that share it; else alone */
        uint64_t n;     /* permits; 1 where there is no number */
} Claim;

/* Where a call would wait, and for how much. */
typedef struct Place {
        WaitQueue *queue;
        Claim claim;
        bool goes_first; /* before all who wait there already */
        int64_t level;   /* WaitQueue.get_levels() tells which levels can go on */
} Place;

/* Levels from..to; none where from is greater. */
typedef struct Levels {
        int64_t from, to;
} Levels;

#define LEVELS_ALL      ((Levels){INT64_MIN, INT64_MAX})
#define LEVELS_NONE     ((Levels){1, 0})
#define LEVELS_UP_TO(n) ((Levels){INT64_MIN, (n)})

/* A wait's place in one queue. */
typedef struct Waiter {
        Wait *wait;
        WaitQueue *queue;
        Claim claim;
        int64_t serial;    /* grows along the queue */
        int64_t level;     /* as in its Place */
        uint64_t cleared;  /* scratch of deadlock.c */
        List in_queue;     /* WaitQueue.waiters */
        List in_ordered;   /* WaitQueue.ordered */
        List in_watchers;  /* WaitQueue.watchers */
        TreeNode by_level; /* WaitQueue.by_level */
} Waiter;

typedef enum WaitNeed {
        WAIT_FOR_ALL, /* it goes on when no queue keeps it any more */
        WAIT_FOR_ANY, /* it goes on when one does not */
} WaitNeed;

struct Wait {
        Waiter first; /* the place, of a wait for one thing */
        Waiter *more; /* the places, of a wait for several: owned, n_more of them */
        size_t n_more;
        size_t standing; /* of WAIT_FOR_ALL: the place where it is tried */
        Waiter *tried;   /* while it is being tried: the place that could serve it */
        WaitNeed need;
        int64_t number; /* grows with each wait that begins */
        List in_session;
        List in_retries; /* Core.retries */
        List in_object;  /* of the call's object, where it has one */
        HeapNode deadline;
        int64_t since_ns;
        uint64_t n_structure_bytes; /* charged to its session's user: the call itself */
        uint64_t n_bytes;           /* charged to the account of its session, for its arguments */
        bool is_parked;
};

typedef enum WaitOrder {
        WAIT_IN_ORDER, /* the first that parks again stops the serving: nobody is overtaken */
        WAIT_ANY,      /* all are tried: each knows its own fate */
        WAIT_BY_LEVEL, /* those whose level can go on are tried, however they came */
        WAIT_BY_AGE,   /* the same where levels never fall from one waiter to the next */
} WaitOrder;

struct WaitQueue {
        Object *object;
        Object *blocker; /* whose holders those here wait for; NULL when it is no more */
        WaitOrder order;
        /* The levels that can go on now; NULL: all. It says too much at most, never too little. */
        Levels (*get_levels)(const WaitQueue *queue);
        List waiters;  /* Waiter.in_queue: all */
        List ordered;  /* Waiter.in_ordered: those that wait here alone, and so keep their turn */
        List watchers; /* Waiter.in_watchers: those that are tried in order, and keep no turn */
        Tree by_level; /* Waiter.by_level: those that are tried by level, and keep no turn */
        size_t n_waiters; /* all */
        bool tries_all;   /* the next serving tries all, whatever the levels */
        List in_object, in_blocker;
        List in_ready;
        /* Scratch of deadlock.c: */
        List in_check, in_work;
        List *checked; /* the last waiter up to which nobody is in the way */
};

/* Gives an object a queue. It ends with the object. */
void waitqueue_init(WaitQueue *queue, Object *object, WaitOrder order);
/* Those who wait here do so for the holders of another object; when it ends, so do their waits. */
void waitqueue_set_blocker(WaitQueue *queue, Object *blocker);
/* Those who wait here and can go on now shall be tried again when the current call is over. */
void waitqueue_signal(WaitQueue *queue);
/* For tests: all who wait here shall be tried again. None of them can go on, if levels are right. */
void waitqueue_signal_all(WaitQueue *queue);

/* Whether the call may take what it asks for, should it be there: no one who keeps a turn stands before
 * it in this queue. */
bool call_has_turn(const Call *call, const WaitQueue *queue);
/* Parks the call in the queue, or leaves it there when it is being served: OUTCOME_PARKED. Or
 * OUTCOME_REFUSED: EAGAIN when it may not wait, EDEADLK when it would close a cycle, EDQUOT at a bound.
 * Or -ENOMEM. Nothing needs undoing after a failure. */
int call_park(Call *call, WaitQueue *queue);
/* The same where it matters how much is asked for. */
int call_park_at(Call *call, const Place *place);
/* The same for whichever of several places is ready first; no two of them are in one queue on one level. Such a
 * waiter takes no turn: those behind it may overtake. */
int call_park_any(Call *call, const Place *places, size_t n_places);
/* The same until all of several places can be had, each in a queue of its own. The call stands in the place
 * that is in its way, and is tried only there; called again for a parked call, this moves it to the place
 * that is in its way now. */
int call_park_all(Call *call, const Place *places, size_t n_places, size_t in_the_way);
/* Moves a call that is parked in one queue to the end of another. Cannot fail. */
void call_requeue(Call *call, WaitQueue *queue);
/* Takes the deadline of a parked call away: it now waits for ever. */
void call_wait_for_ever(Call *call);

/* Serves whoever can go on. */
void waits_serve(Core *core);
/* Ends a wait unserved and answers its call (unless the session is gone). The call is freed, except
 * where its method keeps it waiting. */
void wait_end(Wait *wait, WaitEnd why);
/* The same for a call that has been refused, with a text of its own. */
void wait_end_refused(Wait *wait, WaitEnd why);
void waits_end_with_object(Object *object);

/* Whether what this call waits for in the queue came about while it waited, even if it was taken back since. */
bool call_was_released(const Call *call, const WaitQueue *queue);
/* The session has taken more of the object: waits of its own that need no turn there are tried again. */
void waits_note_taken(Session *session, Object *object);

/* For park.c and serve.c: puts a waiter in a queue, where it is tried, and takes it out. */
void waiter_link(Waiter *waiter, Wait *wait, const Place *place);
void waiter_enter(Waiter *waiter);
void waiter_leave(Waiter *waiter);
void waiter_unlink(Waiter *waiter);

Call *wait_call(const Wait *wait);
/* The places of a wait, in however many queues. */
size_t wait_n_places(const Wait *wait);
Waiter *wait_place(Wait *wait, size_t i);
bool wait_is_ordered(const Wait *wait);
/* A new JSON object {pid, uid, comm, session, method, waiting_ms}; NULL when memory ran out. */
struct json_object *wait_describe(Wait *wait);
