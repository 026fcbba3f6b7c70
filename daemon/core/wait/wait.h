/* Waiting.
 *
 * A call that cannot be completed now parks: call_park() links it into a queue of the object, and the session
 * and the object list it. A parked call is in one of four states.
 *
 *   state        where                                who moves it on
 *   in line      WaitQueue.ordered of one queue       waits_serve(), when all before it have left
 *   by level     WaitQueue.by_level                   waits_serve(), when its level can go on
 *   watching     WaitQueue.watchers of 1 to 64 queues waits_serve(), when one of them is ready
 *   being tried  Core.tried is set                    its method, which completes, or parks again
 *
 * A method that changes an object so that waiters may go on signals the queue. Signals take effect only after
 * the running method (or batch, or the end of a session) is over: waits_serve() then runs parked methods again.
 * A method that is run again either completes, which ends its wait, or parks again, which leaves the wait where
 * it is or moves it to the object that is in its way now.
 *
 * The cost of a serving depends on the waiters that can continue, and not on all that wait. The line is tried
 * from its head, and the first that parks again ends the serving, so no waiter is overtaken. Waiters that
 * keep no turn are tried only when the object's state lets their level go on (WaitQueue.get_levels): a
 * counter's threshold, a number of permits, reading or writing. A wait for all of several objects is listed
 * in the queues of all, for the end of one and for the search for deadlocks, and is tried in one, where it
 * stands: the first object that is in its way. A wait for one of several is tried where an object is ready,
 * and has an end then.
 *
 * The waiters of one queue are served by age (wait_number()), except those that stand in the line: a waiter that
 * keeps no place is tried before the head of the line if it is older, and after it if it is younger. A session
 * that takes more of an object that gives more at once (a recursive lock) may no longer need a place in the
 * line; waits_note_taken() has its waits there tried.
 *
 * wait_end() is the one way a wait ends without being served: time, cancel, the end of the session or of the
 * object.
 *
 * Must never happen:
 *
 *   a waiter that can continue stays where nothing will try it; the fuzzer tries all waiters after each step,
 *     with waitqueue_signal_all(), and fails when one of them continues
 *   a method that is run again ends another wait of the same queue
 *   a waiter that was tried in vain is tried again in the same serving
 *   a dead session is served in a queue from which something is taken */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "call/method.h"
#include "wait/waiter.h"

typedef struct Session Session;

/* Gives an object a queue. It ends with the object. */
void waitqueue_init(WaitQueue *queue, Object *object, WaitOrder order);
/* Makes the waiters here wait for the holders of another object. Their waits end with that object. */
void waitqueue_set_blocker(WaitQueue *queue, Object *blocker);
/* Has the waiters here that can continue tried again when the current call is over. */
void waitqueue_signal(WaitQueue *queue);
/* For tests: has all waiters here tried again. None of them can continue, if levels are right. */
void waitqueue_signal_all(WaitQueue *queue);

/* Returns whether the call may take what it asks for, if that is free: no waiter that keeps its place stands before it in this
 * queue. */
bool call_has_turn(const Call *call, const WaitQueue *queue);
/* While a parked call is being tried: the place that could serve it; otherwise NULL. */
const Waiter *call_place_tried(const Call *call);
/* Returns whether the condition that this call waits for in the queue became true while it waited, even if it is false again. */
bool call_was_released(const Call *call, const WaitQueue *queue);
/* The session has taken more of the object: tries its own waits there again that need no place in the line. */
void waits_note_taken(Session *session, Object *object);

/* For park.c and serve.c: puts a waiter in a queue, where it is tried, and takes it out. */
void waiter_link(Waiter *waiter, Wait *wait, const Place *place, int64_t number);
void waiter_enter(Waiter *waiter);
void waiter_leave(Waiter *waiter);
/* Of a waiter that is in none of the lists where it is tried. */
void waiter_set_level(Waiter *waiter, int64_t level, int64_t serial);
void waiter_unlink(Waiter *waiter);

Call *wait_call(const Wait *wait);
/* The places of a wait, in however many queues. */
size_t wait_n_places(const Wait *wait);
Waiter *wait_place(Wait *wait, size_t i);
bool wait_is_ordered(const Wait *wait);
/* Grows with each wait that begins. */
int64_t wait_number(const Wait *wait);
/* A new JSON object {pid, uid, comm, session, method, waiting_ms}; NULL when memory ran out. */
struct json_object *wait_describe(Wait *wait);
