/* Finds the sessions that are stuck. The model stands in deadlock.c.
 *
 * First all waiting sessions on which the suspects could depend are met and assumed to be stuck, each wait counting the
 * places that block it. Then the queues are processed from their heads. A waiter that no stuck session blocks is
 * cleared; a wait without blocked places frees its session; the holds of that session then weigh nothing, and the queues
 * where that matters are processed again. The sessions that are left are stuck.
 *
 * A look at a queue costs what changes: WaitQueue.checked moves along the line and stops at the first that is kept there;
 * waiters that are passed, or may stand anywhere, are in WaitQueue.pending, sorted by the weight that they bear.
 *
 * Must never happen: a weight that grows during a search; a look at a queue that walks what it walked before. */
#include "wait/stuck.h"

#include "call/call.h"
#include "core-state.h"
#include "object.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "work.h"

Obstacle *obstacle_of(const Object *blocker) {
        return &LIST_ENTRY(list_first(&blocker->queues), WaitQueue, in_object)->obstacle;
}

static Session *waiter_session(const Waiter *waiter) {
        return wait_call(waiter->wait)->session;
}

/* Returns whether waits here end by a release of holders. */
static bool queue_has_holders(const WaitQueue *queue) {
        return queue->blocker && queue->blocker->type->weigh;
}

/* Returns whether the waiter must not overtake the waiters before it. `own` is the hold of its session on the blocker, or NULL. */
static bool waiter_needs_turn(const Waiter *waiter, const Hold *own) {
        if (waiter->queue->order != WAIT_IN_ORDER)
                return false;
        return !waiter->queue->blocker->type->gives_more_at_once ||
               waiter->wait->need == WAIT_FOR_ANY || wait_call(waiter->wait)->hold || !own;
}

bool stuck_by_holders(const Waiter *waiter) {
        return obstacle_of(waiter->queue->blocker)->weight > waiter->tolerance;
}

static bool wait_is_kept(const Wait *wait) {
        return wait->need == WAIT_FOR_ALL ? wait->n_kept > 0 : wait->n_kept == wait_n_places(wait);
}

/* Meeting */

void stuck_suspect(Stuck *stuck, Session *session) {
        if (session->n_waits == 0 || session->is_asynchronous || list_is_linked(&session->in_check))
                return;
        session->is_stuck = true;
        list_append(&stuck->sessions, &session->in_check);
}

/* Adds up the weights of the holders that may be stuck. Each holder becomes a suspect by that. */
static Obstacle *stuck_meet_holders(Stuck *stuck, const Object *blocker) {
        Obstacle *obstacle = obstacle_of(blocker);

        if (obstacle->number == stuck->number)
                return obstacle;
        *obstacle = (Obstacle){.number = stuck->number};
        LIST_FOREACH (node, &blocker->holds) {
                const Hold *hold = LIST_ENTRY(node, Hold, by_object);
                work_count(stuck->core, 1);
                stuck_suspect(stuck, hold->session);
                if (hold->session->is_stuck)
                        obstacle->weight += blocker->type->weigh(hold);
        }
        return obstacle;
}

static void stuck_count_kept(Stuck *stuck, Wait *wait) {
        size_t n = wait_n_places(wait);

        work_count(stuck->core, n);
        wait->n_kept = 0;
        for (size_t i = 0; i < n; i++) {
                Waiter *waiter = wait_place(wait, i);
                waiter->is_cleared = !queue_has_holders(waiter->queue) ||
                                     stuck_meet_holders(stuck, waiter->queue->blocker)->weight == 0;
                wait->n_kept += !waiter->is_cleared;
        }
}

static void stuck_meet_queue(Stuck *stuck, WaitQueue *queue) {
        Obstacle *obstacle = obstacle_of(queue->blocker);

        if (list_is_linked(&queue->in_check))
                return;
        list_append(&stuck->queues, &queue->in_check);
        list_append(&stuck->work, &queue->in_work);
        queue->checked = &queue->waiters;
        queue->pending = NULL;
        queue->next_kept = obstacle->queues;
        obstacle->queues = queue;
        if (queue->order != WAIT_IN_ORDER)
                return;
        LIST_FOREACH (node, &queue->ordered) {
                work_count(stuck->core, 1);
                stuck_suspect(stuck, waiter_session(LIST_ENTRY(node, Waiter, in_line)));
        }
}

static void stuck_meet_waiter(Stuck *stuck, Waiter *waiter) {
        WaitQueue *queue = waiter->queue;
        const Object *blocker = queue->blocker;
        const Hold *own = obstacle_of(blocker)->own;

        stuck_meet_queue(stuck, queue);
        waiter->needs_turn = waiter_needs_turn(waiter, own);
        waiter->has_passed = false;
        waiter->tolerance = blocker->type->tolerance(blocker, waiter, own);
        if (waiter->needs_turn && wait_is_ordered(waiter->wait))
                return;
        waiter->next_pending = queue->pending;
        queue->pending = waiter;
}

/* Notes the session's holds of objects that were met, so that its waits there find them. Awaited holds
 * stand first. */
static void session_note_holds(const Session *session, uint64_t number, bool are_noted) {
        LIST_FOREACH (node, &session->holds) {
                const Hold *hold = LIST_ENTRY(node, Hold, in_session);
                if (hold->object->n_waiters == 0)
                        return;
                work_count(session->core, 1);
                Obstacle *obstacle = obstacle_of(hold->object);
                if (obstacle->number == number)
                        obstacle->own = are_noted ? hold : NULL;
        }
}

/* A queue that the search has not met, or that is to be looked at anyway, is left alone. */
static void stuck_push_work(Stuck *stuck, WaitQueue *queue) {
        if (list_is_linked(&queue->in_check) && !list_is_linked(&queue->in_work))
                list_append(&stuck->work, &queue->in_work);
}

/* The session's holds block no waiter any more. */
static void stuck_lift_weight(Stuck *stuck, Session *session) {
        session->is_stuck = false;
        LIST_FOREACH (at, &session->holds) {
                const Hold *hold = LIST_ENTRY(at, Hold, in_session);
                if (hold->object->n_waiters == 0)
                        return;
                work_count(stuck->core, 1);
                Obstacle *obstacle = obstacle_of(hold->object);
                if (obstacle->number != stuck->number)
                        continue;
                obstacle->weight -= hold->object->type->weigh(hold);
                for (WaitQueue *queue = obstacle->queues; queue; queue = queue->next_kept)
                        stuck_push_work(stuck, queue);
        }
}

/* Besides what its holds blocked, the queues where it waits are looked at again: it blocks those behind it no longer. */
static void stuck_free_session(Stuck *stuck, Session *session) {
        stuck_lift_weight(stuck, session);
        LIST_FOREACH (at, &session->waits) {
                Wait *wait = LIST_ENTRY(at, Wait, in_session);
                work_count(stuck->core, wait_n_places(wait));
                for (size_t i = 0; i < wait_n_places(wait); i++)
                        stuck_push_work(stuck, wait_place(wait, i)->queue);
        }
}

/* Meets all sessions that could keep the waits of this one. If a wait is kept by none, the session is not stuck. No queue has
 * been processed yet. */
static void stuck_meet_session(Stuck *stuck, Session *session) {
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                stuck_count_kept(stuck, wait);
                if (!wait_is_kept(wait)) {
                        stuck_lift_weight(stuck, session);
                        return;
                }
        }
        session_note_holds(session, stuck->number, true);
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                work_count(stuck->core, wait_n_places(wait));
                for (size_t i = 0; i < wait_n_places(wait); i++)
                        if (!wait_place(wait, i)->is_cleared)
                                stuck_meet_waiter(stuck, wait_place(wait, i));
        }
        session_note_holds(session, stuck->number, false);
}

/* Pending waiters: those that bear most come first */

static Waiter *pending_merge(Stuck *stuck, Waiter *a, Waiter *b) {
        Waiter *first = NULL, **end = &first;

        while (a && b) {
                Waiter **most = a->tolerance >= b->tolerance ? &a : &b;
                work_count(stuck->core, 1);
                *end = *most;
                end = &(*most)->next_pending;
                *most = *end;
        }
        *end = a ? a : b;
        return first;
}

/* Removes the longest sorted prefix from a list, and returns it. */
static Waiter *pending_take_run(Stuck *stuck, Waiter **list) {
        Waiter *first = *list, *last = first;

        while (last->next_pending && last->next_pending->tolerance <= last->tolerance) {
                work_count(stuck->core, 1);
                last = last->next_pending;
        }
        *list = last->next_pending;
        last->next_pending = NULL;
        return first;
}

/* Runs of the list are merged like carries of a counter: the k-th was made of 2^k of them. */
static void queue_sort_pending(Stuck *stuck, WaitQueue *queue) {
        enum { N_RUNS = 64 };
        Waiter *runs[N_RUNS] = {NULL}, *rest = queue->pending, *all = NULL;

        if (!rest)
                return;
        while (rest) {
                Waiter *run = pending_take_run(stuck, &rest);
                int k = 0;
                for (; runs[k]; k++) {
                        run = pending_merge(stuck, runs[k], run);
                        runs[k] = NULL;
                }
                runs[k] = run;
        }
        for (int k = 0; k < N_RUNS; k++)
                all = runs[k] ? pending_merge(stuck, runs[k], all) : all;
        queue->pending = all;
}

/* Clearing */

/* Each waiter is cleared once, which bounds the search. */
static void stuck_clear(Stuck *stuck, Waiter *waiter) {
        Session *session = waiter_session(waiter);

        if (waiter->is_cleared || !session->is_stuck)
                return;
        waiter->is_cleared = true;
        waiter->wait->n_kept--;
        if (!wait_is_kept(waiter->wait))
                stuck_free_session(stuck, session);
}

/* Processes the line from where the last look ended, up to a waiter that is kept and keeps the waiters behind it. */
static void stuck_work_in_line(Stuck *stuck, WaitQueue *queue) {
        for (List *node = queue->checked->next; node != &queue->waiters; node = node->next) {
                Waiter *waiter = LIST_ENTRY(node, Waiter, in_queue);
                work_count(stuck->core, 1);
                if (waiter_session(waiter)->is_stuck && !waiter->is_cleared) {
                        bool is_kept = stuck_by_holders(waiter);
                        if (is_kept && wait_is_ordered(waiter->wait) &&
                            queue->order == WAIT_IN_ORDER)
                                return;
                        waiter->has_passed = true;
                        if (!is_kept)
                                stuck_clear(stuck, waiter);
                }
                queue->checked = node;
        }
}

/* The pending list is sorted by tolerance, so the first waiter that holders still block ends the look. A waiter that needs its
 * turn is cleared by stuck_work_in_line() when the turn comes. */
static void stuck_work_on(Stuck *stuck, WaitQueue *queue) {
        Waiter *waiter;

        stuck_work_in_line(stuck, queue);
        while ((waiter = queue->pending) && !stuck_by_holders(waiter)) {
                work_count(stuck->core, 1);
                queue->pending = waiter->next_pending;
                if (waiter->has_passed || !waiter->needs_turn)
                        stuck_clear(stuck, waiter);
        }
}

static void stuck_work(Stuck *stuck, const Session *self) {
        for (List *node; (!self || self->is_stuck) && (node = list_first(&stuck->work));) {
                list_unlink(node);
                stuck_work_on(stuck, LIST_ENTRY(node, WaitQueue, in_work));
        }
}

void stuck_init(Stuck *stuck, Core *core) {
        *stuck = (Stuck){.core = core, .number = ++core->last_check};
        list_init(&stuck->sessions);
        list_init(&stuck->queues);
        list_init(&stuck->work);
}

void stuck_search(Stuck *stuck, const Session *self) {
        /* The list grows while it is walked. */
        LIST_FOREACH (node, &stuck->sessions) {
                stuck_meet_session(stuck, LIST_ENTRY(node, Session, in_check));
                if (self && !self->is_stuck)
                        return;
        }
        LIST_FOREACH (node, &stuck->queues)
                queue_sort_pending(stuck, LIST_ENTRY(node, WaitQueue, in_check));
        stuck_work(stuck, self);
}

void stuck_free(Stuck *stuck, Session *session, const Session *self) {
        stuck_free_session(stuck, session);
        stuck_work(stuck, self);
}

/* is_stuck, found_to and the lists are scratch: they have a meaning between stuck_init() and here only. */
void stuck_deinit(Stuck *stuck) {
        for (List *node; (node = list_first(&stuck->sessions));) {
                LIST_ENTRY(node, Session, in_check)->is_stuck = false;
                list_unlink(node);
        }
        for (List *node; (node = list_first(&stuck->queues));) {
                list_unlink(&LIST_ENTRY(node, WaitQueue, in_check)->in_work);
                list_unlink(node);
        }
}

/* Asked before any search: a session that waits for a lock of its own needs no look at others. */
bool stuck_by_itself(Wait *wait, Object **ret_over) {
        const Session *self = wait_call(wait)->session;
        size_t n_kept = 0, n = wait_n_places(wait);

        if (self->is_asynchronous)
                return false;
        work_count(self->core, n);
        for (size_t i = 0; i < n; i++) {
                Waiter *waiter = wait_place(wait, i);
                Object *blocker = waiter->queue->blocker;
                const Hold *own =
                        queue_has_holders(waiter->queue) ? hold_find(self, blocker) : NULL;
                if (!own ||
                    blocker->type->weigh(own) <= blocker->type->tolerance(blocker, waiter, own))
                        continue;
                n_kept++;
                *ret_over = blocker;
        }
        return wait->need == WAIT_FOR_ALL ? n_kept > 0 : n_kept == n;
}

bool stuck_waiter_is_kept(const Waiter *waiter) {
        return !waiter->is_cleared;
}

Waiter *stuck_by_turn(const Waiter *waiter) {
        const WaitQueue *queue = waiter->queue;

        if (!waiter->needs_turn || waiter->has_passed)
                return NULL;
        return LIST_ENTRY(queue->checked->next, Waiter, in_queue);
}
