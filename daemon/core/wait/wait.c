/* Queues, and the places of waits in them. The model stands in wait.h. */
#include <stdlib.h>

#include "call/call.h"
#include "core.h"
#include "json/json-util.h"
#include "object.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/wait.h"

void waitqueue_init(WaitQueue *queue, Object *object, WaitOrder order) {
        *queue = (WaitQueue){.object = object, .blocker = object, .order = order};
        list_init(&queue->waiters);
        list_init(&queue->ordered);
        list_init(&queue->in_ready);
        list_init(&queue->in_check);
        list_init(&queue->in_work);
        list_append(&object->queues, &queue->in_object);
        list_append(&object->blocked, &queue->in_blocker);
}

/* So many more wait for the holders of the queue's blocker. */
static void count_awaited(WaitQueue *queue, int64_t n) {
        Object *blocker = queue->blocker;

        if (!blocker || n == 0)
                return;
        bool were_awaited = blocker->n_waiters > 0;
        blocker->n_waiters += (size_t)n;
        if (were_awaited != (blocker->n_waiters > 0))
                holds_are_awaited(blocker, !were_awaited);
}

void waitqueue_set_blocker(WaitQueue *queue, Object *blocker) {
        count_awaited(queue, -(int64_t)queue->n_waiters);
        list_unlink(&queue->in_blocker);
        queue->blocker = blocker;
        if (blocker)
                list_append(&blocker->blocked, &queue->in_blocker);
        count_awaited(queue, (int64_t)queue->n_waiters);
}

void waitqueue_signal(WaitQueue *queue) {
        if (queue->n_waiters && !list_is_linked(&queue->in_ready) && !queue->object->is_doomed)
                list_append(&queue->object->core->ready, &queue->in_ready);
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

bool call_has_turn(const Call *call, const WaitQueue *queue) {
        const Wait *wait = &call->wait;
        const List *first = list_first(&queue->ordered);

        if (!first || (wait->is_parked && wait_is_ordered(wait)))
                return true;
        for (size_t i = 0; i < wait->n_more; i++)
                if (wait->more[i].queue == queue)
                        return wait->more[i].serial < LIST_ENTRY(first, Waiter, in_ordered)->serial;
        return false;
}

void waiter_link(Waiter *waiter, Wait *wait, const Place *place) {
        WaitQueue *queue = place->queue;

        waiter->wait = wait;
        waiter->queue = queue;
        waiter->claim = place->claim;
        list_init(&waiter->in_ordered);
        if (place->goes_first) {
                waiter->serial = --queue->first_serial;
                list_prepend(&queue->waiters, &waiter->in_queue);
        } else {
                waiter->serial = ++queue->last_serial;
                list_append(&queue->waiters, &waiter->in_queue);
        }
        if (wait_is_ordered(wait) && place->goes_first)
                list_prepend(&queue->ordered, &waiter->in_ordered);
        else if (wait_is_ordered(wait))
                list_append(&queue->ordered, &waiter->in_ordered);
        queue->n_waiters++;
        count_awaited(queue, 1);
}

void waiter_unlink(Waiter *waiter) {
        WaitQueue *queue = waiter->queue;

        list_unlink(&waiter->in_queue);
        list_unlink(&waiter->in_ordered);
        queue->n_waiters--;
        count_awaited(queue, -1);
        /* Whoever stood behind it may have its turn now. */
        if (wait_is_ordered(waiter->wait) && queue->order == WAIT_IN_ORDER)
                waitqueue_signal(queue);
}

struct json_object *wait_describe(Wait *wait) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        Call *call = wait_call(wait);
        int64_t waiting_ns = call->core->now_ns - wait->since_ns;

        if (!o || session_describe(call->session, o) < 0 ||
            json_put_string(o, "method", call->ref->name) < 0 ||
            json_put_int(o, "waiting_ms", waiting_ns / 1000000) < 0)
                return NULL;
        if (call->deadline_ns < INT64_MAX) {
                int64_t left_ns = call->deadline_ns - call->core->now_ns;
                if (json_put_int(o, "left_ms", left_ns > 0 ? left_ns / 1000000 : 0) < 0)
                        return NULL;
        }
        return TAKE_PTR(o);
}
