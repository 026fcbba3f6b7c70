/* Deadlock detection.
 *
 * The model. A session is one thread that has sent calls, and does nothing else until one of those that wait is
 * answered. So it is stuck when it waits, and none of its waits can be served unless a stuck session lets go of
 * something first. A session with several calls under way (a pipelined batch) is stuck only when all of its
 * waits are kept: a program that got one answer may let go of something. The wire cannot tell a program that
 * waits for its answers from one that goes on and will send a release; a program that goes on says so
 * (session.hello, "asynchronous"; shmgr_loop does), and is never stuck.
 *
 * What keeps a wait from being served are the holders of the object that its queue is about (WaitQueue.blocker;
 * the type's is_obstructed() knows which of them), and, where a queue is served in order, those before it that
 * are kept. A wait for several objects at once is kept by any of them, wherever it stands; a wait for one of
 * several by all together. A wait that someone outside could end (an event, a permit that nobody owns, a holder
 * that is running) is not kept, so only certain deadlocks are reported; a timeout does not make a deadlock less
 * certain. A session that waits for a notification is kept by the owner of the condition's lock, for it comes
 * back only with that lock.
 *
 * A cycle can close in three ways, and each has a look at the session that closed it:
 *
 *   a call parks                            deadlock_check(): that call is refused
 *   a session takes more while it waits     deadlocks_next(), after the serving
 *   a wait of a session ends, others remain deadlocks_next(), after the serving
 *
 * Nothing else makes a session stuck: releases, ends and deletions only let go, and a session that has no wait
 * runs. In the last two ways the newest wait of the sessions in the cycle gets EDEADLK (the newest that is no
 * condition.wait, if there is one: that would come back without its lock), and the check is repeated, for
 * a session may be in several cycles. So there never is a cycle between two inputs.
 *
 * The check gathers all waiting sessions on which the suspects could depend, supposes that all of them are
 * stuck, and then works through the queues from their heads: a waiter that no stuck session keeps is cleared,
 * its session is freed, and the queues that its holds were keeping are looked at again. What is left is truly
 * stuck. A queue's cleared head is never walked twice, and a queue whose holders all run is not walked at all.
 * All sessions that became unsure by one act are checked together. All of it is done in fields of the sessions,
 * queues and waiters, so there is no memory to run out of.
 *
 * What must never happen: EDEADLK for a wait that somebody could still end; a change that makes a session stuck
 * without one of the three looks (tests/core/test-deadlock.c plays all futures after each step). */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "object.h"
#include "session.h"
#include "wait/deadlock.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

enum { HOLDS_SHOWN = 16 };

typedef struct Check {
        uint64_t number; /* what Waiter.cleared is set to */
        List sessions;   /* Session.in_check: all that were gathered */
        List queues;     /* WaitQueue.in_check: the same */
        List work;       /* WaitQueue.in_work: to be looked at */
        List found;      /* Session.in_check: those that a cycle was sought from */
} Check;

static Session *waiter_session(const Waiter *waiter) {
        return wait_call(waiter->wait)->session;
}

static bool waiter_is_obstructed(const Waiter *waiter) {
        Object *blocker = waiter->queue->blocker;

        return blocker->type->is_obstructed(blocker, waiter);
}

/* Whether it must not overtake those who stand before it. */
static bool waiter_needs_turn(const Waiter *waiter) {
        const Object *blocker = waiter->queue->blocker;
        const Call *call = wait_call(waiter->wait);

        if (waiter->queue->order != WAIT_IN_ORDER)
                return false;
        return !blocker->type->gives_more_at_once || waiter->wait->need == WAIT_FOR_ANY ||
               call->hold || !hold_find(call->session, blocker);
}

/* Whether waits here end by a release of holders. */
static bool queue_has_holders(const WaitQueue *queue) {
        return queue->blocker && queue->blocker->type->is_obstructed;
}

/* Gathering */

static bool check_add_session(Check *check, Session *session) {
        if (session->n_waits == 0 || session->is_asynchronous)
                return false;
        if (!list_is_linked(&session->in_check)) {
                session->is_stuck = true;
                list_append(&check->sessions, &session->in_check);
        }
        return true;
}

static void check_add_queue(Check *check, WaitQueue *queue) {
        bool some_wait = false;

        if (!queue_has_holders(queue) || list_is_linked(&queue->in_check))
                return;
        list_append(&check->queues, &queue->in_check);
        list_append(&check->work, &queue->in_work);
        queue->checked = &queue->waiters;
        LIST_FOREACH (node, &queue->blocker->holds) {
                work_count(queue->object->core, 1);
                if (check_add_session(check, LIST_ENTRY(node, Hold, by_object)->session))
                        some_wait = true;
        }
        if (!some_wait)
                return;
        LIST_FOREACH (node, &queue->ordered) {
                work_count(queue->object->core, 1);
                check_add_session(check, waiter_session(LIST_ENTRY(node, Waiter, in_ordered)));
        }
}

static void check_gather(Check *check) {
        /* The list grows behind the one that is looked at. */
        LIST_FOREACH (at, &check->sessions) {
                Session *session = LIST_ENTRY(at, Session, in_check);
                LIST_FOREACH (node, &session->waits) {
                        Wait *wait = LIST_ENTRY(node, Wait, in_session);
                        work_count(session->core, wait_n_places(wait));
                        for (size_t i = 0; i < wait_n_places(wait); i++)
                                check_add_queue(check, wait_place(wait, i)->queue);
                }
        }
}

static void check_deinit(Check *check) {
        for (List *node; (node = list_first(&check->sessions));) {
                LIST_ENTRY(node, Session, in_check)->is_stuck = false;
                list_unlink(node);
        }
        for (List *node; (node = list_first(&check->queues));) {
                list_unlink(&LIST_ENTRY(node, WaitQueue, in_check)->in_work);
                list_unlink(node);
        }
}

/* Clearing */

static void check_push_work(Check *check, WaitQueue *queue) {
        if (list_is_linked(&queue->in_check) && !list_is_linked(&queue->in_work))
                list_append(&check->work, &queue->in_work);
}

/* Whoever needs no turn may stand anywhere in its queue, where the work from the head on has not come. */
static bool check_has_cleared(const Check *check, const Waiter *waiter) {
        if (waiter->cleared == check->number || !queue_has_holders(waiter->queue))
                return true;
        return !waiter_needs_turn(waiter) && !waiter_is_obstructed(waiter);
}

static bool check_wait_is_kept(const Check *check, Wait *wait) {
        size_t n_cleared = 0, n = wait_n_places(wait);

        for (size_t i = 0; i < n; i++)
                n_cleared += check_has_cleared(check, wait_place(wait, i));
        return wait->need == WAIT_FOR_ALL ? n_cleared < n : n_cleared == 0;
}

static bool check_session_is_kept(const Check *check, const Session *session) {
        LIST_FOREACH (node, &session->waits)
                if (!check_wait_is_kept(check, LIST_ENTRY(node, Wait, in_session)))
                        return false;
        return true;
}

/* What the session keeps from others may come free now, and those behind it may come to the front. */
static void check_free_session(Check *check, Session *session) {
        session->is_stuck = false;
        LIST_FOREACH (at, &session->holds)
                LIST_FOREACH (node, &LIST_ENTRY(at, Hold, in_session)->object->blocked)
                        check_push_work(check, LIST_ENTRY(node, WaitQueue, in_blocker));
        LIST_FOREACH (at, &session->waits) {
                Wait *wait = LIST_ENTRY(at, Wait, in_session);
                for (size_t i = 0; i < wait_n_places(wait); i++)
                        check_push_work(check, wait_place(wait, i)->queue);
        }
}

/* Clears whoever can be cleared, from the head on, up to one that is kept and keeps those behind it. */
static void check_work_from_head(Check *check, WaitQueue *queue) {
        bool is_prefix = true; /* all so far are done with */

        for (List *node = queue->checked->next; node != &queue->waiters; node = node->next) {
                Waiter *waiter = LIST_ENTRY(node, Waiter, in_queue);
                Session *session = waiter_session(waiter);
                work_count(session->core, 1);
                bool is_kept = session->is_stuck && waiter->cleared != check->number &&
                               waiter_is_obstructed(waiter);
                if (is_kept && wait_is_ordered(waiter->wait) && queue->order == WAIT_IN_ORDER)
                        return;
                if (!is_kept && session->is_stuck) {
                        waiter->cleared = check->number;
                        if (!check_wait_is_kept(check, waiter->wait))
                                check_free_session(check, session);
                }
                is_prefix = is_prefix && !is_kept;
                if (is_prefix)
                        queue->checked = node;
        }
}

static void check_work_on(Check *check, WaitQueue *queue) {
        check_work_from_head(check, queue);
        if (!queue->blocker->type->gives_more_at_once)
                return;
        LIST_FOREACH (node, &queue->blocker->holds) {
                Session *session = LIST_ENTRY(node, Hold, by_object)->session;
                if (session->is_stuck && !check_session_is_kept(check, session))
                        check_free_session(check, session);
        }
}

/* Goes on until self is known to be free; NULL: until all is known. */
static void check_clear(Check *check, const Session *self) {
        LIST_FOREACH (node, &check->sessions) {
                Session *session = LIST_ENTRY(node, Session, in_check);
                if (!check_session_is_kept(check, session))
                        check_free_session(check, session);
        }
        for (List *node; (!self || self->is_stuck) && (node = list_first(&check->work));) {
                list_unlink(node);
                check_work_on(check, LIST_ENTRY(node, WaitQueue, in_work));
        }
}

/* Finding the cycle: breadth first, so it is a shortest one */

static void check_visit(List *found, Session *from, const Object *over, Session *session) {
        if (!session->is_stuck || session->found_over || session == from)
                return;
        session->found_from = from;
        session->found_over = over;
        /* The first of all has been there from the start. */
        if (list_first(found) != &session->in_check) {
                list_unlink(&session->in_check);
                list_append(found, &session->in_check);
        }
}

/* The stuck sessions that keep this waiter. Of those that stand before it the last is enough: it is kept
 * by the others. */
static void check_visit_keepers(List *found, const Waiter *waiter) {
        const WaitQueue *queue = waiter->queue;
        Session *from = waiter_session(waiter);

        if (waiter_is_obstructed(waiter))
                LIST_FOREACH (node, &queue->blocker->holds)
                        check_visit(found, from, queue->blocker,
                                    LIST_ENTRY(node, Hold, by_object)->session);
        if (!waiter_needs_turn(waiter))
                return;
        for (List *node = waiter->in_queue.prev; node != &queue->waiters; node = node->prev) {
                const Waiter *before = LIST_ENTRY(node, Waiter, in_queue);
                if (!wait_is_ordered(before->wait) || !waiter_session(before)->is_stuck)
                        continue;
                check_visit(found, from, queue->blocker, waiter_session(before));
                return;
        }
}

static void check_visit_from(Check *check, List *found, Session *session) {
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                for (size_t i = 0; i < wait_n_places(wait); i++)
                        if (!check_has_cleared(check, wait_place(wait, i)))
                                check_visit_keepers(found, wait_place(wait, i));
        }
}

/* True when there is one: each session on it has the next one in found_to, and that one in found_over the
 * object by which it keeps the one before. */
static bool check_find_cycle(Check *check, Session *self) {
        List *found = &check->found;

        LIST_FOREACH (node, &check->sessions)
                LIST_ENTRY(node, Session, in_check)->found_over = NULL;
        /* Those that are found leave the list of all, and come back to it in the end. */
        list_init(found);
        list_unlink(&self->in_check);
        list_append(found, &self->in_check);
        LIST_FOREACH (at, found)
                if (!self->found_over)
                        check_visit_from(check, found, LIST_ENTRY(at, Session, in_check));
        list_splice(&check->sessions, found);
        if (!self->found_over)
                return false;
        Session *to = self;
        do {
                to->found_from->found_to = to;
                to = to->found_from;
        } while (to != self);
        return true;
}

/* Telling it */

/* The names of what a session holds, beginning with what matters here; there may be very many. */
static struct json_object *describe_holds(const Session *session, const Object *first) {
        CLEANUP(json_putp) struct json_object *names = json_object_new_array();
        int n = 0;

        if (!names || (hold_find(session, first) &&
                       json_push(names, json_object_new_string(first->name)) < 0))
                return NULL;
        LIST_FOREACH (node, &session->holds) {
                const Object *object = LIST_ENTRY(node, Hold, in_session)->object;
                if (object != first && n++ < HOLDS_SHOWN &&
                    json_push(names, json_object_new_string(object->name)) < 0)
                        return NULL;
        }
        return TAKE_PTR(names);
}

static struct json_object *describe_link(const Session *session) {
        CLEANUP(json_putp) struct json_object *link = json_object_new_object();
        const Object *kept = session->found_over;

        if (!link || session_describe(session, link) < 0 ||
            json_put(link, "holds", describe_holds(session, kept)) < 0 ||
            json_put_string(link, "waits_for", session->found_to->found_over->name) < 0)
                return NULL;
        /* It keeps the one before by its place in the queue. */
        if (!hold_find(session, kept) && json_put_string(link, "ahead_in", kept->name) < 0)
                return NULL;
        return TAKE_PTR(link);
}

/* Beginning with the call that would close it. */
static struct json_object *describe_cycle(const Session *self) {
        CLEANUP(json_putp) struct json_object *cycle = json_object_new_array();
        const Session *session = self;

        if (!cycle)
                return NULL;
        do {
                if (json_push(cycle, describe_link(session)) < 0)
                        return NULL;
                session = session->found_to;
        } while (session != self);
        return TAKE_PTR(cycle);
}

/* One that died lets go as soon as its end is told. */
static bool cycle_is_alive(const Session *self) {
        Session *session = self->found_to;

        while (session != self && session_is_alive(session))
                session = session->found_to;
        return session == self;
}

static void refuse(Call *call) {
        const Session *self = call->session;
        const Object *object = self->found_to->found_over;

        call_refuse(call, EDEADLK,
                    self->found_to == self
                            ? "%s would wait for ever: this session itself holds %s"
                            : "%s on %s would wait for ever: it would close a cycle of owners who "
                              "wait for each other",
                    call->ref->name, call_quote(object->name, strlen(object->name)));
        call_add_data(call, "cycle", describe_cycle(self));
        call->core->stats.n_deadlocks++;
}

/* Whether the session waits for itself, whatever the others do: then it matters not what else it waits for. */
static bool waits_for_itself(Wait *wait, Session *self) {
        size_t n_kept = 0, n = wait_n_places(wait);

        if (self->is_asynchronous)
                return false;
        self->is_stuck = true;
        for (size_t i = 0; i < n; i++) {
                const Waiter *waiter = wait_place(wait, i);
                work_count(self->core, 1);
                if (!queue_has_holders(waiter->queue) || !waiter_is_obstructed(waiter))
                        continue;
                n_kept++;
                self->found_over = waiter->queue->blocker;
        }
        self->is_stuck = false;
        self->found_to = self;
        return wait->need == WAIT_FOR_ALL ? n_kept > 0 : n_kept == n;
}

static void check_init(Check *check, Core *core) {
        *check = (Check){.number = ++core->last_check};
        list_init(&check->sessions);
        list_init(&check->queues);
        list_init(&check->work);
}

int deadlock_check(Call *call) {
        Session *self = call->session;
        Check check;
        bool is_refused = false;

        if (self->n_holds == 0)
                return OUTCOME_DONE;
        is_refused = waits_for_itself(&call->wait, self);
        if (!is_refused) {
                check_init(&check, call->core);
                check_add_session(&check, self);
                check_gather(&check);
                check_clear(&check, self);
                is_refused =
                        self->is_stuck && check_find_cycle(&check, self) && cycle_is_alive(self);
                check_deinit(&check);
        }
        if (is_refused)
                refuse(call);
        return is_refused ? OUTCOME_REFUSED : OUTCOME_DONE;
}

/* Sessions that came into a cycle without a new wait */

/* The newer of two waits, but any before one that comes back with a lock. */
static Wait *choose_victim(Wait *a, Wait *b) {
        if (!a || !b)
                return a ? a : b;
        if (!wait_call(a)->hold != !wait_call(b)->hold)
                return wait_call(a)->hold ? b : a;
        return a->number > b->number ? a : b;
}

static Wait *session_find_victim(const Session *session) {
        Wait *victim = NULL;

        LIST_FOREACH (node, &session->waits) {
                work_count(session->core, 1);
                victim = choose_victim(victim, LIST_ENTRY(node, Wait, in_session));
        }
        return victim;
}

static Wait *cycle_find_victim(const Session *self) {
        Wait *victim = NULL;
        const Session *session = self;

        do {
                victim = choose_victim(victim, session_find_victim(session));
                session = session->found_to;
        } while (session != self);
        return victim;
}

static Wait *session_find_wait_for_itself(Session *session) {
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                if (waits_for_itself(wait, session))
                        return wait;
        }
        return NULL;
}

/* The holders of a queue keep nobody when none of them waits. */
static bool place_may_be_kept(const Waiter *waiter) {
        const Object *blocker = waiter->queue->blocker;

        if (!queue_has_holders(waiter->queue))
                return false;
        LIST_FOREACH (node, &blocker->holds) {
                const Session *holder = LIST_ENTRY(node, Hold, by_object)->session;
                work_count(blocker->core, 1);
                if (holder->n_waits > 0 && !holder->is_asynchronous)
                        return true;
        }
        return false;
}

static bool wait_may_be_kept(Wait *wait) {
        size_t n_may = 0, n = wait_n_places(wait);

        for (size_t i = 0; i < n; i++) {
                n_may += place_may_be_kept(wait_place(wait, i));
                if (n_may > 0 && wait->need == WAIT_FOR_ALL)
                        return true;
                if (n_may <= i && wait->need == WAIT_FOR_ANY)
                        return false;
        }
        return n_may > 0;
}

/* A look at one wait is enough for most sessions. */
static bool session_is_clearly_free(const Session *session) {
        LIST_FOREACH (node, &session->waits) {
                work_count(session->core, 1);
                if (!wait_may_be_kept(LIST_ENTRY(node, Wait, in_session)))
                        return true;
        }
        return session->n_waits == 0;
}

/* A wait that must end, its session being on a cycle that is described in found_to and found_over. Or NULL; then
 * ret_others tells whether a session is stuck though it is on none. */
static Wait *check_find_victim(Check *check, Core *core, bool *ret_others) {
        LIST_FOREACH (node, &core->unsure)
                check_add_session(check, LIST_ENTRY(node, Session, in_unsure));
        check_gather(check);
        check_clear(check, NULL);
        LIST_FOREACH (node, &core->unsure) {
                Session *session = LIST_ENTRY(node, Session, in_unsure);
                if (!session->is_stuck)
                        continue;
                if (check_find_cycle(check, session) && session_is_alive(session) &&
                    cycle_is_alive(session))
                        return cycle_find_victim(session);
                *ret_others = true;
        }
        return NULL;
}

static Wait *find_victim(Core *core) {
        bool others = false;
        Check check;

        LIST_FOREACH_SAFE (node, next, &core->unsure)
                if (session_is_clearly_free(LIST_ENTRY(node, Session, in_unsure)))
                        list_unlink(node);
        if (list_is_empty(&core->unsure))
                return NULL;
        check_init(&check, core);
        Wait *victim = check_find_victim(&check, core, &others);
        check_deinit(&check);
        for (List *node = core->unsure.next; !victim && others && node != &core->unsure;
             node = node->next)
                victim = session_find_wait_for_itself(LIST_ENTRY(node, Session, in_unsure));
        return victim;
}

Wait *deadlocks_next(Core *core) {
        Wait *victim = find_victim(core);

        if (victim) {
                refuse(wait_call(victim));
                return victim;
        }
        for (List *node; (node = list_first(&core->unsure));)
                list_unlink(node);
        return NULL;
}
