/* Serving waits, and ending them unserved. The model stands in wait.h.
 *
 * waits_serve() runs in the settling, when no call runs any more, until three lists are empty: waits to retry because their
 * session has taken more (Core.retries), queues that were signalled (Core.ready), and sessions that may be in a deadlock
 * (Core.unsure), the latter once in a settling and then as far as the allowance goes. It stops early when a served call has
 * doomed an object, so that the settling ends the object before another call meets it, and is called again.
 *
 * A parked method that runs again can do four things, and waitqueue_serve() must notice each: complete (the call is freed),
 * park again in the same place (the serving of the line ends there, a waiter by level is set aside), move to another queue,
 * or signal this queue again. So nothing is remembered over wait_serve() but the waiter's own links.
 *
 * Before an object is handed over, the session of the waiter is checked once per serving (session_is_there()): a dead one
 * leaves instead of taking the object with it. */
#include <errno.h>

#include "account.h"
#include "call/call.h"
#include "call/dispatch.h"
#include "call/reply.h"
#include "core-state.h"
#include "monitor.h"
#include "object.h"
#include "session.h"
#include "wait/deadlock.h"
#include "wait/hold.h"
#include "wait/park.h"
#include "wait/serve.h"
#include "wait/wait.h"
#include "work.h"

/* Runs a parked call again. Returns true if it waits no longer. */
static bool wait_serve(Wait *wait, Waiter *tried) {
        Call *call = wait_call(wait);
        uint64_t n_bytes = wait->n_bytes;

        work_count(call->core, 1);
        /* Otherwise the arguments would count twice: as those of a waiting call, and as stored values. */
        wait_release(wait);
        call->core->tried = tried;
        int r = dispatch_again(call);
        call->core->tried = NULL;
        if (r == OUTCOME_PARKED) {
                account_restore_bytes(call->core, call->session->account, n_bytes);
                wait->n_bytes = n_bytes;
                return false;
        }
        wait_leave(wait);
        call->core->stats.n_served++;
        reply_when_allowed(call, r);
        return true;
}

/* The shell is asked once in a serving: each question costs system calls, and a session may have many waits. */
static bool session_is_there(Session *session) {
        Core *core = session->core;

        if (session->asked_in == core->last_serving)
                return true;
        if (!session_is_alive(session))
                return false;
        session->asked_in = core->last_serving;
        return true;
}

/* A dead waiter leaves before its turn comes. In queues without an order nothing is taken. */
static bool waiter_leaves(Wait *wait, const WaitQueue *queue) {
        if (queue->order != WAIT_IN_ORDER || session_is_there(wait_call(wait)->session))
                return false;
        wait_end(wait, WAIT_END_SESSION_GONE);
        return true;
}

static Waiter *lesser(Waiter *a, Waiter *b) {
        return !b || (a && waiter_serial(a) <= waiter_serial(b)) ? a : b;
}

/* Returns the first waiter that can continue, of those that keep no turn. */
static Waiter *waitqueue_first_by_level(WaitQueue *queue) {
        Levels levels = queue->get_levels ? queue->get_levels(queue) : LEVELS_ALL;
        TreeNode *node = tree_find_least(&queue->by_level, levels.from, levels.to);
        List *head = list_first(&queue->watchers);
        Waiter *watcher = head ? LIST_ENTRY(head, Waiter, in_line) : NULL;

        if (watcher && (waiter_level(watcher) < levels.from || waiter_level(watcher) > levels.to))
                watcher = NULL;
        return lesser(node ? CONTAINER_OF(node, Waiter, by_level) : NULL, watcher);
}

static Waiter *waitqueue_first_in_line(const WaitQueue *queue) {
        List *node = list_first(&queue->ordered);

        return node ? LIST_ENTRY(node, Waiter, in_line) : NULL;
}

/* Puts waiters back that were tried in vain. They were set aside, since the loop would have tried them without end. */
static void waitqueue_take_back(WaitQueue *queue, List *aside) {
        for (List *node; (node = list_last(aside));) {
                Waiter *waiter = LIST_ENTRY(node, Waiter, in_line);
                bool is_by_level =
                        waiter->queue->order == WAIT_BY_LEVEL || waiter->wait->need == WAIT_FOR_ALL;
                list_unlink(node);
                if (is_by_level && queue->order != WAIT_BY_AGE)
                        waiter_enter(waiter);
                else
                        list_prepend(&queue->watchers, &waiter->in_line);
        }
}

/* Returns whether the waiter still stands here, after it was tried. */
static bool waiter_stands(const Waiter *waiter) {
        return tree_node_is_linked(&waiter->by_level) || list_is_linked(&waiter->in_line);
}

/* Serves the queue from its head, up to a waiter in line that cannot continue. Waiters that keep no turn are tried where
 * they stand, if their level can continue. A method that is run again may move its call to another queue. */
static void waitqueue_serve(WaitQueue *queue) {
        List aside;

        list_init(&aside);
        for (;;) {
                Waiter *in_line = waitqueue_first_in_line(queue);
                Waiter *waiter = lesser(in_line, waitqueue_first_by_level(queue));
                if (!waiter)
                        break;
                bool is_in_line = waiter == in_line;
                if (waiter_leaves(waiter->wait, queue) || wait_serve(waiter->wait, waiter))
                        continue;
                if (is_in_line && waiter->queue == queue &&
                    waitqueue_first_in_line(queue) == waiter)
                        break;
                if (!is_in_line && waiter->queue == queue && waiter_stands(waiter)) {
                        waiter_leave(waiter);
                        list_append(&aside, &waiter->in_line);
                }
        }
        waitqueue_take_back(queue, &aside);
}

/* Methods that are run again never unlink another waiter of the same queue, so the next one is still there
 * afterwards. */
static void waitqueue_try_all(WaitQueue *queue) {
        queue->tries_all = false;
        LIST_FOREACH_SAFE (node, next, &queue->waiters) {
                Waiter *waiter = LIST_ENTRY(node, Waiter, in_queue);
                Wait *wait = waiter->wait;
                bool is_single = wait_is_ordered(wait);
                if (waiter_leaves(wait, queue) || wait_serve(wait, NULL))
                        continue;
                if (is_single && queue->order == WAIT_IN_ORDER && wait->first.queue == queue)
                        return;
        }
}

/* Tries waiters that are not at the head: their session already has a part of the object. */
static void waits_retry(Core *core) {
        for (List *node; (node = list_first(&core->retries));) {
                Wait *wait = LIST_ENTRY(node, Wait, in_retries);
                Waiter *waiter = wait_place(wait, wait->standing);
                list_unlink(node);
                if (!waiter->queue->object->is_doomed && !waiter_leaves(wait, waiter->queue))
                        wait_serve(wait, waiter);
        }
}

static void waitqueue_serve_ready(Core *core) {
        List *node = list_first(&core->ready);
        WaitQueue *queue = LIST_ENTRY(node, WaitQueue, in_ready);

        list_unlink(node);
        if (queue->order == WAIT_ANY || queue->tries_all)
                waitqueue_try_all(queue);
        else
                waitqueue_serve(queue);
}

/* One victim, and back to the loop: its end may let others continue, who break the other cycles, and may doom an object. */
static void end_deadlock(Core *core) {
        Wait *victim = deadlocks_next(core);

        core->has_searched = true;
        if (victim)
                wait_end_refused(victim, WAIT_END_DEADLOCK);
}

/* Each settling looks for a deadlock once, whatever used its allowance up: a cycle may not outlast the input that closed it
 * because something else was put off. Further ones are ended as far as the allowance goes. */
static bool may_look_for_deadlock(const Core *core) {
        return !list_is_empty(&core->unsure) && (!core->has_searched || work_is_allowed(core));
}

static bool waits_have_more(const Core *core) {
        return !list_is_empty(&core->retries) || !list_is_empty(&core->ready) ||
               may_look_for_deadlock(core);
}

/* Retries before queues before deadlocks: a search is valid only when every waiter that can continue has done so. n_running tells
 * the rest of the core that calls run, so nothing is freed (rule 5). */
void waits_serve(Core *core) {
        core->last_serving++;
        while (list_is_empty(&core->doomed) && waits_have_more(core)) {
                core->n_running++;
                if (!list_is_empty(&core->retries))
                        waits_retry(core);
                else if (!list_is_empty(&core->ready))
                        waitqueue_serve_ready(core);
                else
                        end_deadlock(core);
                core->n_running--;
        }
}

static void wait_refuse(Call *call, WaitEnd why) {
        static const struct {
                int error;
                const char *text;
        } ends[] = {
                [WAIT_END_CANCELLED] = {ECANCELED, "the call was cancelled"},
                [WAIT_END_SESSION_GONE] = {ECONNRESET, "the session ended"},
                [WAIT_END_OBJECT_GONE] = {EIDRM, "the object was deleted while the call waited"},
                [WAIT_END_DEADLOCK] = {EDEADLK, "owners wait for each other"},
                [WAIT_END_SHUTDOWN] = {ECONNRESET, "the daemon is ending"},
        };

        if (why == WAIT_END_TIMED_OUT)
                call_refuse(call, ETIMEDOUT, "%s: timed out after %lld ms", call->ref->name,
                            (long long)((call->deadline.key - call->wait.since_ns) / 1000000));
        else
                call_refuse(call, ends[why].error, "%s: %s", call->ref->name, ends[why].text);
}

/* The call has been refused already. */
void wait_end_refused(Wait *wait, WaitEnd why) {
        Call *call = wait_call(wait);
        Core *core = call->core;
        const Method *method = call->ref->method;
        int r = OUTCOME_DONE;

        if (method->give_up)
                r = method->give_up(call, call->object, why);
        if (r == OUTCOME_PARKED)
                return;
        wait_leave(wait);
        if (why == WAIT_END_TIMED_OUT)
                core->stats.n_timed_out++;
        else if (why != WAIT_END_DEADLOCK)
                core->stats.n_cancelled++;
        if (why != WAIT_END_SESSION_GONE) {
                reply_when_allowed(call, OUTCOME_REFUSED);
                return;
        }
        monitors_tell(call, MONITOR_CALL, OUTCOME_REFUSED);
        wait_discharge(wait);
        call_free(call);
}

void wait_end(Wait *wait, WaitEnd why) {
        wait_refuse(wait_call(wait), why);
        wait_end_refused(wait, why);
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
        /* Each holder gets the reply to its acquire before it is told that the object is lost. */
        LIST_FOREACH (node, &object->holds)
                replies_write_of(LIST_ENTRY(node, Hold, by_object)->session);
}

void session_end_waits(Session *session, WaitEnd why) {
        List ended;

        /* A method may keep a wait alive after a cancel (a condition must have its lock back first),
         * so each is looked at once. */
        list_init(&ended);
        list_splice(&ended, &session->waits);
        for (List *node; (node = list_first(&ended));) {
                list_unlink(node);
                list_append(&session->waits, node);
                wait_end(LIST_ENTRY(node, Wait, in_session), why);
        }
        if (why == WAIT_END_SESSION_GONE)
                replies_drop_of(session);
        else
                replies_write_of(session);
}
