/* Serving waits, and ending them unserved. */
#include <errno.h>

#include "account.h"
#include "call/call.h"
#include "call/dispatch.h"
#include "call/reply.h"
#include "core.h"
#include "monitor.h"
#include "object.h"
#include "session.h"
#include "wait/park.h"
#include "wait/wait.h"

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
