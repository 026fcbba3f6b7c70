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

#include "heap.h"
#include "list.h"
#include "method.h"

typedef struct Core Core;
typedef struct Session Session;
typedef struct Wait Wait;
typedef struct WaitQueue WaitQueue;

/* A wait's place in one queue. */
typedef struct Waiter {
        Wait *wait;
        WaitQueue *queue;
        List in_queue;
} Waiter;

struct Wait {
        Waiter first; /* the place, where it is in one queue */
        Waiter *more; /* the places, where it is in several at once: owned, n_more of them */
        size_t n_more;
        List in_session;
        HeapNode deadline;
        int64_t since_ns;
        bool is_parked;
};

typedef enum WaitOrder {
        WAIT_IN_ORDER, /* the first that parks again stops the serving: nobody is overtaken */
        WAIT_ANY,      /* all are tried: waiters wait for different things */
} WaitOrder;

struct WaitQueue {
        Object *object;
        WaitOrder order;
        List waiters;     /* Waiter.in_queue */
        size_t n_waiters; /* all */
        size_t n_ordered; /* those that are in this queue alone, and so keep their turn */
        List in_object;
        List in_ready;
};

/* Gives an object a queue. It ends with the object. */
void waitqueue_init(WaitQueue *queue, Object *object, WaitOrder order);
/* Those who wait here shall be tried again when the current call is over. */
void waitqueue_signal(WaitQueue *queue);

/* Whether the call may take what it asks for, should it be there: true for a call that is being served,
 * and for a new one when nobody is before it in this queue. */
bool call_has_turn(const Call *call, const WaitQueue *queue);
/* Parks the call in the queue, or leaves it there when it is being served: OUTCOME_PARKED. Or
 * OUTCOME_REFUSED: EAGAIN when it may not wait, EDEADLK when it would close a cycle, EDQUOT at a bound.
 * Or -ENOMEM. Nothing needs undoing after a failure. */
int call_park(Call *call, WaitQueue *queue);
/* The same in several queues at once. Such a waiter takes no turn: those behind it may overtake. */
int call_park_many(Call *call, WaitQueue *const *queues, size_t n_queues);
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

Call *wait_call(Wait *wait);
/* A new JSON object {pid, uid, comm, session, method, waiting_ms}; NULL when memory ran out. */
struct json_object *wait_describe(Wait *wait);
