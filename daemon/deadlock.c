/* Deadlock detection.
 *
 * A session is stuck when it waits, and none of its waits can be served unless a
 * stuck session lets go of something first. A new wait may be entered unless it
 * makes its own session stuck.
 *
 * The check collects every session that the new wait could depend on, supposes
 * that all of them are stuck, and then takes out, again and again, each that has
 * a wait which nothing stuck obstructs. What is left when nothing changes any more
 * is truly stuck. A wait that someone outside could end (a permit that nobody owns,
 * an event, a holder that is running) is never obstructed, so only certain
 * deadlocks are reported; a timeout does not make a deadlock less certain.
 *
 * A session that holds nothing can close no cycle, so most calls never get here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "core.h"
#include "deadlock.h"
#include "hold.h"
#include "json-util.h"
#include "object.h"
#include "session.h"

typedef struct Suspects {
        Session **sessions;
        size_t n, n_capacity;
        Session *self;            /* whose new wait is being judged */
        const Call *call;         /* the new wait */
        WaitQueue *const *queues; /* where it would wait */
        size_t n_queues;
} Suspects;

static int suspects_add(Suspects *s, Session *session) {
        if (session->is_stuck || (session != s->self && session->n_waits == 0))
                return 0;
        if (s->n == s->n_capacity) {
                size_t n = s->n_capacity ? 2 * s->n_capacity : 16;
                Session **grown = reallocarray(s->sessions, n, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                s->sessions = grown;
                s->n_capacity = n;
        }
        s->sessions[s->n++] = session;
        session->is_stuck = true;
        return 0;
}

/* All on whom a wait in this queue depends: the holders, and those who stand before `end`. */
static int suspects_add_before(Suspects *s, const WaitQueue *queue, const Waiter *end) {
        int r = 0;

        LIST_FOREACH (node, &queue->object->holds)
                if (r == 0)
                        r = suspects_add(s, LIST_ENTRY(node, Hold, by_object)->session);
        if (queue->order != WAIT_IN_ORDER)
                return r;
        LIST_FOREACH (node, &queue->waiters) {
                Waiter *waiter = LIST_ENTRY(node, Waiter, in_queue);
                if (waiter == end || r < 0)
                        break;
                r = suspects_add(s, wait_call(waiter->wait)->session);
        }
        return r;
}

static int suspects_collect(Suspects *s) {
        int r = suspects_add(s, s->self);

        for (size_t i = 0; r == 0 && i < s->n_queues; i++)
                r = suspects_add_before(s, s->queues[i], NULL);
        for (size_t i = 0; r == 0 && i < s->n; i++)
                LIST_FOREACH (node, &s->sessions[i]->waits) {
                        Wait *wait = LIST_ENTRY(node, Wait, in_session);
                        if (r == 0 && !wait->more)
                                r = suspects_add_before(s, wait->first.queue, &wait->first);
                        for (size_t j = 0; r == 0 && j < wait->n_more; j++)
                                r = suspects_add_before(s, wait->more[j].queue, &wait->more[j]);
                }
        return r;
}

/* Whether a call that waits in this queue cannot go on, by the holders or by who stands before it. */
static bool is_obstructed(const WaitQueue *queue, const Call *call, const Waiter *end) {
        const Type *type = queue->object->type;

        if (type->is_obstructed && type->is_obstructed(queue->object, call))
                return true;
        if (!type->is_obstructed || queue->order != WAIT_IN_ORDER)
                return false;
        LIST_FOREACH (node, &queue->waiters) {
                Waiter *waiter = LIST_ENTRY(node, Waiter, in_queue);
                if (waiter == end)
                        return false;
                if (waiter->wait->n_more == 0 && wait_call(waiter->wait)->session->is_stuck)
                        return true;
        }
        return false;
}

static bool wait_is_obstructed(Wait *wait) {
        Call *call = wait_call(wait);

        if (!wait->more)
                return is_obstructed(wait->first.queue, call, &wait->first);
        for (size_t i = 0; i < wait->n_more; i++)
                if (is_obstructed(wait->more[i].queue, call, NULL))
                        return true;
        return false;
}

/* Of the session that asks, only the new wait counts: that others of its calls may yet be served does not
 * make it right to wait for itself. */
static bool session_is_stuck(const Suspects *s, Session *session) {
        if (session == s->self) {
                for (size_t i = 0; i < s->n_queues; i++)
                        if (is_obstructed(s->queues[i], s->call, NULL))
                                return true;
                return false;
        }
        LIST_FOREACH (node, &session->waits)
                if (!wait_is_obstructed(LIST_ENTRY(node, Wait, in_session)))
                        return false;
        return session->n_waits > 0;
}

static void suspects_reduce(Suspects *s) {
        bool changed;

        do {
                changed = false;
                for (size_t i = 0; i < s->n; i++) {
                        Session *session = s->sessions[i];
                        if (session->is_stuck && !session_is_stuck(s, session)) {
                                session->is_stuck = false;
                                changed = true;
                        }
                }
        } while (changed && s->self->is_stuck);
}

/* One link of the cycle: who waits, for which object, and the stuck session that is in the way. */
static Session *suspects_next(const Suspects *s, Session *session, const Object **ret_object) {
        Wait *wait = session == s->self || list_is_empty(&session->waits)
                             ? NULL
                             : LIST_ENTRY(list_first(&session->waits), Wait, in_session);
        size_t n = !wait ? s->n_queues : wait->more ? wait->n_more : 1;

        for (size_t i = 0; i < n; i++) {
                const WaitQueue *queue = !wait        ? s->queues[i]
                                         : wait->more ? wait->more[i].queue
                                                      : wait->first.queue;
                *ret_object = queue->object;
                LIST_FOREACH (node, &queue->object->holds) {
                        Session *holder = LIST_ENTRY(node, Hold, by_object)->session;
                        if (holder->is_stuck)
                                return holder;
                }
                LIST_FOREACH (node, &queue->waiters) {
                        Waiter *waiter = LIST_ENTRY(node, Waiter, in_queue);
                        if (wait && waiter->wait == wait)
                                break;
                        if (wait_call(waiter->wait)->session->is_stuck)
                                return wait_call(waiter->wait)->session;
                }
        }
        return NULL;
}

static int cycle_add_link(struct json_object *cycle, const Session *session,
                          const Object *waits_for) {
        CLEANUP(json_putp) struct json_object *link = json_object_new_object();
        CLEANUP(json_putp) struct json_object *holds = json_object_new_array();

        if (!link || !holds || session_describe(session, link) < 0)
                return -ENOMEM;
        TABLE_FOREACH (entry, &session->holds) {
                const Object *object = ((const Hold *)entry->value)->object;
                if (json_push(holds, json_object_new_string(object->name)) < 0)
                        return -ENOMEM;
        }
        if (json_put(link, "holds", TAKE_PTR(holds)) < 0 ||
            json_put_string(link, "waits_for", waits_for->name) < 0)
                return -ENOMEM;
        return json_push(cycle, TAKE_PTR(link));
}

/* The cycle as data, beginning with the call that would close it. */
static struct json_object *suspects_describe_cycle(const Suspects *s) {
        CLEANUP(json_putp) struct json_object *cycle = json_object_new_array();
        Session *session = s->self;
        const Object *object = NULL;

        if (!cycle)
                return NULL;
        for (size_t i = 0; i < s->n; i++) {
                Session *next = suspects_next(s, session, &object);
                if (!next || cycle_add_link(cycle, session, object) < 0 || next == s->self)
                        break;
                session = next;
        }
        return TAKE_PTR(cycle);
}

int deadlock_check(Call *call, WaitQueue *const *queues, size_t n_queues) {
        Suspects s = {.self = call->session, .call = call, .queues = queues, .n_queues = n_queues};

        if (table_size(&call->session->holds) == 0)
                return OUTCOME_DONE;
        int r = suspects_collect(&s);
        if (r == 0)
                suspects_reduce(&s);
        if (r == 0 && s.self->is_stuck) {
                r = call_refuse(call, EDEADLK,
                                "%s on %s would wait for ever: it would close a cycle of "
                                "owners who wait for each other",
                                call->ref->name,
                                call_quote(call->object->name, strlen(call->object->name)));
                call_add_data(call, "cycle", suspects_describe_cycle(&s));
                call->core->stats.n_deadlocks++;
        }
        for (size_t i = 0; i < s.n; i++)
                s.sessions[i]->is_stuck = false;
        free(s.sessions);
        return r;
}
