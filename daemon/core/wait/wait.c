/* Queues, and the places of waits in them. The model stands in wait.h.
 *
 * A waiter is in `waiters` of its queue as long as its call is parked, and beside it in at most one of the three lists from
 * which it is tried: `ordered` (the line), `watchers` (tried in order, without a place in the line) or `by_level`. Of a
 * wait for all of several objects, only the place where it stands is in such a list. waiter_enter() alone decides which, so
 * a waiter that left one list and enters again comes to the right one. */
#include <stdlib.h>

#include "call/call.h"
#include "core-state.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

void waitqueue_init(WaitQueue *queue, Object *object, WaitOrder order) {
        *queue = (WaitQueue){.object = object, .blocker = object, .order = order};
        list_init(&queue->waiters);
        list_init(&queue->ordered);
        list_init(&queue->watchers);
        list_init(&queue->in_ready);
        list_init(&queue->in_check);
        list_init(&queue->in_work);
        list_append(&object->queues, &queue->in_object);
        list_append(&object->blocked, &queue->in_blocker);
}

/* Adds n, which may be negative, to the number of calls that wait for the holders of the queue's blocker. Holds that a call
 * waits for stand first in their sessions: the search for deadlocks walks only those, and the end of a session releases them
 * at once. So each crossing of zero moves the holds. */
static void count_awaited(WaitQueue *queue, int64_t n) {
        Object *blocker = queue->blocker;

        if (!blocker || n == 0)
                return;
        bool were_awaited = blocker->n_waiters > 0;
        blocker->n_waiters += (size_t)n;
        if (were_awaited != (blocker->n_waiters > 0))
                holds_are_awaited(blocker, !were_awaited);
        if (n < 0)
                object_let_go(blocker);
}

void waitqueue_set_blocker(WaitQueue *queue, Object *blocker) {
        count_awaited(queue, -(int64_t)queue->n_waiters);
        list_unlink(&queue->in_blocker);
        queue->blocker = blocker;
        if (blocker)
                list_append(&blocker->blocked, &queue->in_blocker);
        count_awaited(queue, (int64_t)queue->n_waiters);
}

/* Runs nothing: a method that signals is still running, and the waiters' methods may change the same object. A doomed object
 * ends its waits itself. */
void waitqueue_signal(WaitQueue *queue) {
        if (queue->n_waiters && !list_is_linked(&queue->in_ready) && !queue->object->is_doomed)
                list_append(&queue->object->core->ready, &queue->in_ready);
}

void waitqueue_signal_all(WaitQueue *queue) {
        queue->tries_all = queue->n_waiters > 0;
        waitqueue_signal(queue);
}

Call *wait_call(const Wait *wait) {
        return CONTAINER_OF(wait, Call, wait);
}

bool wait_is_ordered(const Wait *wait) {
        return wait->n_more == 0;
}

size_t wait_n_places(const Wait *wait) {
        return wait->n_more ? wait->n_more : 1;
}

Waiter *wait_place(Wait *wait, size_t i) {
        return wait->n_more ? &wait->more[i] : &wait->first;
}

int64_t wait_number(const Wait *wait) {
        int64_t serial = waiter_serial(wait->n_more ? wait->more : &wait->first);

        return serial < 0 ? -serial : serial;
}

/* A parked call that keeps its place has its turn when it is tried, for only the head of the line is tried. A new call has
 * it when the line is empty; a parked call without a place, when it is older than the head. */
bool call_has_turn(const Call *call, const WaitQueue *queue) {
        const Wait *wait = &call->wait;
        const List *first = list_first(&queue->ordered);

        if (!first || (call->is_parked && wait_is_ordered(wait)))
                return true;
        return call->is_parked &&
               wait_number(wait) < waiter_serial(LIST_ENTRY(first, Waiter, in_line));
}

const Waiter *call_place_tried(const Call *call) {
        const Waiter *tried = call->core->tried;

        return tried && tried->wait == &call->wait ? tried : NULL;
}

/* A signal of a queue by age, such as that of an event, is for the waiters of that moment: a waiter that is being tried
 * from such a queue may continue even if the event was cleared again in the same act. */
bool call_was_released(const Call *call, const WaitQueue *queue) {
        const Waiter *tried = call_place_tried(call);

        return tried && tried->queue == queue && queue->order == WAIT_BY_AGE;
}

/* Returns whether the queue may try the waiter. A wait for all of several objects is in all their queues, but only one tries it, the
 * one of the object that blocks it: otherwise each release of any of them would cost a try. */
static bool waiter_is_tried(const Waiter *waiter) {
        const Wait *wait = waiter->wait;

        return wait->need != WAIT_FOR_ALL || wait_place((Wait *)wait, wait->standing) == waiter;
}

static void waiter_enter_line(Waiter *waiter) {
        List *line = &waiter->queue->ordered;

        waiter->is_in_line = true;
        if (waiter_serial(waiter) < 0)
                list_prepend(line, &waiter->in_line);
        else
                list_append(line, &waiter->in_line);
}

/* The one place that chooses a list. A negative serial is that of a waiter that goes first: a session that has a part of the
 * object already and asks for more. Behind others it would wait for itself. */
void waiter_enter(Waiter *waiter) {
        WaitQueue *queue = waiter->queue;
        bool is_single = wait_is_ordered(waiter->wait);

        if (!waiter_is_tried(waiter))
                return;
        if (queue->order == WAIT_BY_LEVEL || (!is_single && waiter->wait->need == WAIT_FOR_ALL))
                tree_insert(&queue->by_level, &waiter->by_level, waiter_level(waiter),
                            waiter_serial(waiter));
        else if (queue->order == WAIT_BY_AGE || !is_single)
                list_append(&queue->watchers, &waiter->in_line);
        else
                waiter_enter_line(waiter);
}

void waiter_set_level(Waiter *waiter, int64_t level, int64_t serial) {
        waiter->by_level = (TreeNode){.key = level, .rank = serial};
        list_init(&waiter->in_line);
}

/* Does nothing where the waiter is in none of the lists. */
void waiter_leave(Waiter *waiter) {
        int64_t level = waiter_level(waiter), serial = waiter_serial(waiter);

        waiter->is_in_line = false;
        if (!tree_node_is_linked(&waiter->by_level)) {
                list_unlink(&waiter->in_line);
                return;
        }
        tree_remove(&waiter->queue->by_level, &waiter->by_level);
        waiter_set_level(waiter, level, serial);
}

void waiter_link(Waiter *waiter, Wait *wait, const Place *place, int64_t number) {
        WaitQueue *queue = place->queue;

        waiter->wait = wait;
        waiter->queue = queue;
        waiter->claim = place->claim;
        waiter->is_in_line = false;
        waiter_set_level(waiter, place->level, place->goes_first ? -number : number);
        if (place->goes_first)
                list_prepend(&queue->waiters, &waiter->in_queue);
        else
                list_append(&queue->waiters, &waiter->in_queue);
        waiter_enter(waiter);
        queue->n_waiters++;
        count_awaited(queue, 1);
        work_count(queue->object->core, 1);
}

void waiter_unlink(Waiter *waiter) {
        WaitQueue *queue = waiter->queue;

        list_unlink(&waiter->in_queue);
        waiter_leave(waiter);
        queue->n_waiters--;
        count_awaited(queue, -1);
        object_let_go(queue->object);
        work_count(queue->object->core, 1);
        /* The waiters behind it may have their turn now. */
        if (wait_is_ordered(waiter->wait) && queue->order == WAIT_IN_ORDER)
                waitqueue_signal(queue);
}

/* A session that takes more of a recursive object may have other calls that wait for it and now need no place in the line.
 * Only its waits for all are retried: a wait for any of several is signalled when something becomes free, and nothing did. The
 * session is unsure, too: what it took may close a cycle with a wait that it has. */
void waits_note_taken(Session *session, Object *object) {
        session_is_unsure(session);
        if (!object->type->gives_more_at_once)
                return;
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                const WaitQueue *queue = wait_place(wait, wait->standing)->queue;
                work_count(session->core, 1);
                if (queue->blocker == object && wait->need == WAIT_FOR_ALL &&
                    !list_is_linked(&wait->in_retries))
                        list_append(&session->core->retries, &wait->in_retries);
        }
}

struct json_object *wait_describe(Wait *wait) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        Call *call = wait_call(wait);
        int64_t waiting_ns = call->core->now_ns - wait->since_ns;

        if (!o || session_describe(call->session, o) < 0 ||
            json_put_string(o, "method", call->ref->name) < 0 ||
            json_put_int(o, "waiting_ms", waiting_ns / 1000000) < 0)
                return NULL;
        if (call->deadline.key < INT64_MAX) {
                int64_t left_ns = call->deadline.key - call->core->now_ns;
                if (json_put_int(o, "left_ms", left_ns > 0 ? left_ns / 1000000 : 0) < 0)
                        return NULL;
        }
        return TAKE_PTR(o);
}
