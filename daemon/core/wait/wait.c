/* Waiting: parking, serving, ending. The model stands in wait.h. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "call/call.h"
#include "call/dispatch.h"
#include "call/reply.h"
#include "core.h"
#include "json/json-util.h"
#include "json/json-value.h"
#include "monitor.h"
#include "object.h"
#include "session.h"
#include "wait/deadlock.h"
#include "wait/wait.h"

/* Of the arguments of a call that waits: so many bytes are not counted. */
enum { ARGUMENTS_FREE = 4096 };

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

void waitqueue_set_blocker(WaitQueue *queue, Object *blocker) {
        list_unlink(&queue->in_blocker);
        queue->blocker = blocker;
        if (blocker)
                list_append(&blocker->blocked, &queue->in_blocker);
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

static void waiter_link(Waiter *waiter, Wait *wait, const Place *place) {
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
}

static void waiter_unlink(Waiter *waiter) {
        WaitQueue *queue = waiter->queue;

        list_unlink(&waiter->in_queue);
        list_unlink(&waiter->in_ordered);
        queue->n_waiters--;
        /* Whoever stood behind it may have its turn now. */
        if (wait_is_ordered(waiter->wait) && queue->order == WAIT_IN_ORDER)
                waitqueue_signal(queue);
}

static void wait_unlink_waiters(Wait *wait) {
        for (size_t i = 0; i < wait_n_places(wait); i++)
                waiter_unlink(wait_place(wait, i));
        free(wait->more);
        wait->more = NULL;
        wait->n_more = 0;
}

/* Whether one more call may be parked, and why not. */
static int call_may_park(Call *call) {
        const Limits *limits = &call->core->limits;
        Session *session = call->session;

        if (!call->may_wait || call->deadline_ns <= call->core->now_ns)
                return call_refuse(call, EAGAIN, "%s would have to wait", call->ref->name);
        if (session->n_waits >= limits->waits_per_session)
                return call_refuse(call, EDQUOT, "this session has %zu calls waiting already",
                                   session->n_waits);
        if (session->peer.uid != 0 && session->account->n_waits >= limits->waits_per_uid)
                return call_refuse(call, EDQUOT, "uid %u has %zu calls waiting already",
                                   session->peer.uid, session->account->n_waits);
        return OUTCOME_DONE;
}

/* The arguments of a call that waits count as stored by its user, but for a little that the bound on the
 * number of waits covers: who has stored as much as he may can still wait for a lock. */
static int wait_charge(Call *call) {
        size_t cost = json_cost(call->params);

        if (cost <= ARGUMENTS_FREE)
                return OUTCOME_DONE;
        if (account_charge_bytes(call->core, call->session->account, cost) < 0)
                return call_refuse(call, EDQUOT,
                                   "%s cannot wait: no room for the %zu bytes of its arguments",
                                   call->ref->name, cost);
        call->wait.n_bytes = cost;
        return OUTCOME_DONE;
}

static void wait_release(Wait *wait) {
        Call *call = wait_call(wait);

        account_release_bytes(call->core, call->session->account, wait->n_bytes);
        wait->n_bytes = 0;
}

static void wait_link(Wait *wait) {
        Call *call = wait_call(wait);

        wait->is_parked = true;
        wait->since_ns = call->core->now_ns;
        list_append(&call->session->waits, &wait->in_session);
        if (call->object)
                list_append(&call->object->waits, &wait->in_object);
        call->session->n_waits++;
        call->session->account->n_waits++;
        call->core->n_waits++;
}

static void wait_unlink(Wait *wait) {
        Call *call = wait_call(wait);

        wait_release(wait);
        wait_unlink_waiters(wait);
        heap_remove(&call->core->deadlines, &wait->deadline);
        table_remove(&call->session->calls, call->key, call->n_key);
        list_unlink(&wait->in_session);
        list_unlink(&wait->in_object);
        wait->is_parked = false;
        call->session->n_waits--;
        call->session->account->n_waits--;
        call->core->n_waits--;
}

/* What may fail in parking, and how to undo it. */
static int wait_reserve(Call *call) {
        Core *core = call->core;

        int r = table_add(&call->session->calls, call->key, call->n_key, call);
        if (r < 0)
                return r;
        if (call->deadline_ns < INT64_MAX)
                r = heap_insert(&core->deadlines, &call->wait.deadline, call->deadline_ns);
        if (r < 0)
                table_remove(&call->session->calls, call->key, call->n_key);
        return r;
}

/* Parks a call whose places are linked to nothing yet. Takes `more` over. */
static int wait_begin(Call *call, Waiter **more, const Place *places, size_t n, WaitNeed need) {
        Wait *wait = &call->wait;
        int r = wait_charge(call);

        if (r != OUTCOME_DONE)
                return r;
        r = wait_reserve(call);
        if (r < 0) {
                wait_release(wait);
                return r;
        }
        wait->need = need;
        wait->more = TAKE_PTR(*more);
        wait->n_more = wait->more ? n : 0;
        for (size_t i = 0; i < n; i++)
                waiter_link(wait_place(wait, i), wait, &places[i]);
        wait_link(wait);
        /* It is judged in its place, among all others. */
        r = deadlock_check(call);
        if (r == OUTCOME_DONE) {
                call->core->stats.n_parked++;
                return OUTCOME_PARKED;
        }
        wait_unlink(wait);
        return r;
}

int call_park_many(Call *call, const Place *places, size_t n_places, WaitNeed need) {
        if (call->wait.is_parked)
                return OUTCOME_PARKED;
        int r = call_may_park(call);
        if (r != OUTCOME_DONE)
                return r;
        CLEANUP(freep) Waiter *more = calloc(n_places, sizeof(*more));
        return more ? wait_begin(call, &more, places, n_places, need) : -ENOMEM;
}

int call_park_at(Call *call, const Place *place) {
        Waiter *none = NULL;

        if (call->wait.is_parked)
                return OUTCOME_PARKED;
        int r = call_may_park(call);
        return r == OUTCOME_DONE ? wait_begin(call, &none, place, 1, WAIT_FOR_ALL) : r;
}

int call_park(Call *call, WaitQueue *queue) {
        return call_park_at(call, &(Place){.queue = queue, .claim = {.n = 1}});
}

void call_requeue(Call *call, WaitQueue *queue) {
        Wait *wait = &call->wait;

        assert(wait->is_parked && wait_is_ordered(wait));
        waiter_unlink(&wait->first);
        waiter_link(&wait->first, wait, &(Place){.queue = queue, .claim = {.n = 1}});
}

void call_wait_for_ever(Call *call) {
        heap_remove(&call->core->deadlines, &call->wait.deadline);
        call->deadline_ns = INT64_MAX;
}

/* Runs a parked call again. True when it waits no longer. */
static bool wait_serve(Wait *wait) {
        Call *call = wait_call(wait);
        uint64_t n_bytes = wait->n_bytes;

        /* What it stores now shall not count twice. */
        wait_release(wait);
        int r = dispatch_again(call);
        if (r == OUTCOME_PARKED) {
                account_restore_bytes(call->core, call->session->account, n_bytes);
                wait->n_bytes = n_bytes;
                return false;
        }
        wait_unlink(wait);
        call->core->stats.n_served++;
        reply_outcome(call, r);
        call_free(call);
        return true;
}

/* A dead waiter leaves before its turn comes. In queues without an order nothing is taken. */
static bool waiter_leaves(Wait *wait, const WaitQueue *queue) {
        if (queue->order != WAIT_IN_ORDER || session_is_alive(wait_call(wait)->session))
                return false;
        wait_end(wait, WAIT_END_SESSION_GONE);
        return true;
}

/* Methods that are run again never unlink another waiter of the same queue, so the next one is still
 * there afterwards. They may move their own call to another queue. */
static void waitqueue_serve(WaitQueue *queue) {
        LIST_FOREACH_SAFE (node, next, &queue->waiters) {
                Wait *wait = LIST_ENTRY(node, Waiter, in_queue)->wait;
                bool is_ordered = wait_is_ordered(wait);
                if (waiter_leaves(wait, queue) || wait_serve(wait))
                        continue;
                bool is_here = !is_ordered || wait->first.queue == queue;
                if (is_here && is_ordered && queue->order == WAIT_IN_ORDER)
                        return;
        }
}

/* What a served call doomed must end before the next one meets it. */
void waits_serve(Core *core) {
        for (List *node; list_is_empty(&core->doomed) && (node = list_first(&core->ready));) {
                WaitQueue *queue = LIST_ENTRY(node, WaitQueue, in_ready);
                list_unlink(node);
                core->n_running++;
                waitqueue_serve(queue);
                core->n_running--;
        }
}

static void wait_refuse(Call *call, WaitEnd why) {
        static const struct {
                int error;
                const char *text;
        } ends[] = {
                [WAIT_END_TIMED_OUT] = {ETIMEDOUT, "the time was up"},
                [WAIT_END_CANCELLED] = {ECANCELED, "the call was cancelled"},
                [WAIT_END_SESSION_GONE] = {ECONNRESET, "the session ended"},
                [WAIT_END_OBJECT_GONE] = {EIDRM, "the object was deleted while the call waited"},
                [WAIT_END_SHUTDOWN] = {ESHUTDOWN, "the daemon is shutting down"},
        };

        call_refuse(call, ends[why].error, "%s: %s", call->ref->name, ends[why].text);
}

void wait_end(Wait *wait, WaitEnd why) {
        Call *call = wait_call(wait);
        Core *core = call->core;
        const Method *method = call->ref->method;
        int r = OUTCOME_DONE;

        wait_refuse(call, why);
        if (method->give_up)
                r = method->give_up(call, call->object, why);
        if (r == OUTCOME_PARKED)
                return;
        wait_unlink(wait);
        if (why == WAIT_END_TIMED_OUT)
                core->stats.n_timed_out++;
        else
                core->stats.n_cancelled++;
        if (why != WAIT_END_SESSION_GONE)
                reply_outcome(call, OUTCOME_REFUSED);
        else
                monitors_tell(call, MONITOR_CALL, OUTCOME_REFUSED);
        call_free(call);
}

static void waitqueue_end_waits(WaitQueue *queue) {
        for (List *at; (at = list_first(&queue->waiters));)
                wait_end(LIST_ENTRY(at, Waiter, in_queue)->wait, WAIT_END_OBJECT_GONE);
}

void waits_end_with_object(Object *object) {
        LIST_FOREACH (node, &object->queues)
                waitqueue_end_waits(LIST_ENTRY(node, WaitQueue, in_object));
        for (List *node; (node = list_first(&object->blocked));) {
                WaitQueue *queue = LIST_ENTRY(node, WaitQueue, in_blocker);
                waitqueue_end_waits(queue);
                waitqueue_set_blocker(queue, NULL);
        }
        /* Calls of its own methods that wait in the queue of another object. */
        for (List *node; (node = list_first(&object->waits));)
                wait_end(LIST_ENTRY(node, Wait, in_object), WAIT_END_OBJECT_GONE);
        LIST_FOREACH (node, &object->queues) {
                WaitQueue *queue = LIST_ENTRY(node, WaitQueue, in_object);
                waitqueue_set_blocker(queue, NULL);
                list_unlink(&queue->in_ready);
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
        if (call->deadline_ns < INT64_MAX) {
                int64_t left_ns = call->deadline_ns - call->core->now_ns;
                if (json_put_int(o, "left_ms", left_ns > 0 ? left_ns / 1000000 : 0) < 0)
                        return NULL;
        }
        return TAKE_PTR(o);
}
