/* Waiting.
 *
 * A method that cannot be completed now parks its call: call_park() puts it at
 * the end of a queue that belongs to the object. Whoever changes the object so
 * that someone may go on signals the queue. Signals take effect only after the
 * running method (or batch, or the end of a session) is over: waits_serve() then
 * runs the parked methods again, first in, first out. A method that is run again
 * either completes, which ends its wait, or parks again, which leaves it where it
 * is; in a queue that is first come, first served, the first that must go on
 * waiting keeps those behind it waiting too, so nobody is overtaken.
 *
 * wait_end() is the one way a wait ends without being served: time, cancel, the
 * end of the session or of the object. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/heap.h"
#include "base/list.h"
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
} Place;

/* A wait's place in one queue. */
typedef struct Waiter {
        Wait *wait;
        WaitQueue *queue;
        Claim claim;
        int64_t serial;   /* grows along the queue */
        uint64_t cleared; /* scratch of deadlock.c */
        List in_queue;
        List in_ordered;
} Waiter;

typedef enum WaitNeed {
        WAIT_FOR_ALL, /* it goes on when no queue keeps it any more */
        WAIT_FOR_ANY, /* it goes on when one does not */
} WaitNeed;

struct Wait {
        Waiter first; /* the place, of a wait for one thing */
        Waiter *more; /* the places, of a wait for several: owned, n_more of them */
        size_t n_more;
        WaitNeed need;
        List in_session;
        List in_object; /* of the call's object, where it has one */
        HeapNode deadline;
        int64_t since_ns;
        uint64_t n_bytes; /* charged to the account of its session, for its arguments */
        bool is_parked;
};

typedef enum WaitOrder {
        WAIT_IN_ORDER, /* the first that parks again stops the serving: nobody is overtaken */
        WAIT_ANY,      /* all are tried: waiters wait for different things */
} WaitOrder;

struct WaitQueue {
        Object *object;
        Object *blocker; /* whose holders those here wait for; NULL when it is no more */
        WaitOrder order;
        List waiters; /* Waiter.in_queue: all */
        List ordered; /* Waiter.in_ordered: those that wait here alone, and so keep their turn */
        size_t n_waiters;                  /* all */
        int64_t first_serial, last_serial; /* given out at its front and at its end */
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
/* Those who wait here shall be tried again when the current call is over. */
void waitqueue_signal(WaitQueue *queue);

/* Whether the call may take what it asks for, should it be there: no one who keeps a turn stands before
 * it in this queue. */
bool call_has_turn(const Call *call, const WaitQueue *queue);
/* Parks the call in the queue, or leaves it there when it is being served: OUTCOME_PARKED. Or
 * OUTCOME_REFUSED: EAGAIN when it may not wait, EDEADLK when it would close a cycle, EDQUOT at a bound.
 * Or -ENOMEM. Nothing needs undoing after a failure. */
int call_park(Call *call, WaitQueue *queue);
/* The same where it matters how much is asked for. */
int call_park_at(Call *call, const Place *place);
/* The same in several different queues at once. Such a waiter takes no turn: those behind it may
 * overtake. */
int call_park_many(Call *call, const Place *places, size_t n_places, WaitNeed need);
/* Moves a call that is parked in one queue to the end of another. Cannot fail. */
void call_requeue(Call *call, WaitQueue *queue);
/* Takes the deadline of a parked call away: it now waits for ever. */
void call_wait_for_ever(Call *call);

/* Serves whoever can go on. */
void waits_serve(Core *core);
/* Ends a wait unserved and answers its call (unless the session is gone). The call is freed, except
 * where its method keeps it waiting. */
void wait_end(Wait *wait, WaitEnd why);
void waits_end_with_object(Object *object);

/* For park.c: puts a waiter in a queue, and takes it out. */
void waiter_link(Waiter *waiter, Wait *wait, const Place *place);
void waiter_unlink(Waiter *waiter);

Call *wait_call(const Wait *wait);
/* The places of a wait, in however many queues. */
size_t wait_n_places(const Wait *wait);
Waiter *wait_place(Wait *wait, size_t i);
bool wait_is_ordered(const Wait *wait);
/* A new JSON object {pid, uid, comm, session, method, waiting_ms}; NULL when memory ran out. */
struct json_object *wait_describe(Wait *wait);
