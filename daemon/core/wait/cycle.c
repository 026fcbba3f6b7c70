/* Cycles of stuck sessions.
 *
 * A session "keeps" another one if it must do something before the other can continue. A stuck session is kept at each place
 * where it waits and is not cleared: by the holders of the object and, if it must wait for its turn, by the first waiter in line.
 * The first is enough of all waiters before it, since it keeps the others, too. A search walks the holders of an object once,
 * and once more for the session from which the cycle is sought, since a session does not keep itself.
 *
 * Two searches, for two questions. A call that is about to park asks for a shortest cycle through its own session
 * (cycle_find(), breadth first), because its error shows the cycle to a person. A session that came into a cycle without a
 * new call asks for any cycle (cycle_reach(), from one keeper to the next): the walk ends where a session is met again, since
 * there are finitely many.
 *
 * Must never happen: a cycle with a session that can continue (found_to leads only to stuck ones), or with a dead
 * session, whose end releases its holds without an error for any caller. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "object.h"
#include "session.h"
#include "wait/cycle.h"
#include "wait/hold.h"
#include "wait/stuck.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

enum { HOLDS_SHOWN = 16, LINKS_SHOWN = 100 };

/* A search breadth first, which finds a shortest cycle. Found sessions move from Stuck.sessions to Stuck.found, and back at the
 * end. */
typedef struct Finding {
        Stuck *stuck;
        Session *self;
} Finding;

static void find_visit(Finding *finding, Session *from, const Object *over, Session *session) {
        if (!session->is_stuck || session->found_over || session == from)
                return;
        session->found_from = from;
        session->found_over = over;
        if (session == finding->self)
                return;
        list_unlink(&session->in_check);
        list_append(&finding->stuck->found, &session->in_check);
}

static void find_visit_holders(Finding *finding, Session *from, const Object *blocker) {
        Obstacle *obstacle = obstacle_of(blocker);
        bool is_self = from == finding->self;

        if (obstacle->is_visited || (is_self && obstacle->is_visited_by_self))
                return;
        obstacle->is_visited = !is_self;
        obstacle->is_visited_by_self = is_self;
        LIST_FOREACH (node, &blocker->holds) {
                work_count(finding->stuck->core, 1);
                find_visit(finding, from, blocker, LIST_ENTRY(node, Hold, by_object)->session);
        }
}

static void find_visit_keepers(Finding *finding, const Waiter *waiter) {
        Session *from = wait_call(waiter->wait)->session;
        const Object *blocker = waiter->queue->blocker;

        if (stuck_by_holders(waiter))
                find_visit_holders(finding, from, blocker);
        const Waiter *first = stuck_by_turn(waiter);
        if (first)
                find_visit(finding, from, blocker, wait_call(first->wait)->session);
}

static void find_visit_from(Finding *finding, Session *session) {
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                work_count(session->core, wait_n_places(wait));
                for (size_t i = 0; i < wait_n_places(wait); i++)
                        if (stuck_waiter_is_kept(wait_place(wait, i)))
                                find_visit_keepers(finding, wait_place(wait, i));
        }
}

static void stuck_forget_found(Stuck *stuck) {
        LIST_FOREACH (node, &stuck->sessions) {
                Session *session = LIST_ENTRY(node, Session, in_check);
                work_count(stuck->core, 1);
                session->found_over = NULL;
                session->found_to = NULL;
        }
        LIST_FOREACH (node, &stuck->queues) {
                Obstacle *obstacle = obstacle_of(LIST_ENTRY(node, WaitQueue, in_check)->blocker);
                work_count(stuck->core, 1);
                obstacle->is_visited = obstacle->is_visited_by_self = false;
        }
}

bool cycle_find(Stuck *stuck, Session *self) {
        Finding finding = {.stuck = stuck, .self = self};

        stuck_forget_found(stuck);
        list_init(&stuck->found);
        list_unlink(&self->in_check);
        list_append(&stuck->found, &self->in_check);
        LIST_FOREACH (at, &stuck->found)
                if (!self->found_over)
                        find_visit_from(&finding, LIST_ENTRY(at, Session, in_check));
        list_splice(&stuck->sessions, &stuck->found);
        if (!self->found_over)
                return false;
        Session *to = self;
        do {
                work_count(stuck->core, 1);
                to->found_from->found_to = to;
                to = to->found_from;
        } while (to != self);
        return true;
}

/* Notes the first two stuck holders: one of them is not the session that asks. They stay valid until a holder is freed, which
 * lowers the weight. */
static void obstacle_choose_keepers(Obstacle *obstacle, const Object *blocker) {
        size_t n = 0;

        if (obstacle->keepers_weight == obstacle->weight)
                return;
        obstacle->keepers_weight = obstacle->weight;
        obstacle->keepers[0] = obstacle->keepers[1] = NULL;
        LIST_FOREACH (node, &blocker->holds) {
                Session *session = LIST_ENTRY(node, Hold, by_object)->session;
                work_count(blocker->core, 1);
                if (session->is_stuck)
                        obstacle->keepers[n++] = session;
                if (n == ELEMENTSOF(obstacle->keepers))
                        return;
        }
}

/* Returns a session that keeps the waiter, other than its own session, or NULL. */
static Session *waiter_find_keeper(const Waiter *waiter) {
        const Session *session = wait_call(waiter->wait)->session;
        const Waiter *first = stuck_by_turn(waiter);

        if (stuck_by_holders(waiter)) {
                Obstacle *obstacle = obstacle_of(waiter->queue->blocker);
                obstacle_choose_keepers(obstacle, waiter->queue->blocker);
                Session *keeper = obstacle->keepers[obstacle->keepers[0] == session];
                if (keeper)
                        return keeper;
        }
        if (first && wait_call(first->wait)->session != session)
                return wait_call(first->wait)->session;
        return NULL;
}

static Session *session_find_keeper(const Session *session) {
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                work_count(session->core, wait_n_places(wait));
                for (size_t i = 0; i < wait_n_places(wait); i++) {
                        const Waiter *waiter = wait_place(wait, i);
                        Session *keeper =
                                stuck_waiter_is_kept(waiter) ? waiter_find_keeper(waiter) : NULL;
                        if (keeper)
                                return keeper;
                }
        }
        return NULL;
}

/* Walks from one keeper to the next, until it meets a session again. */
Session *cycle_reach(Stuck *stuck, Session *session, bool *ret_alone) {
        stuck_forget_found(stuck);
        *ret_alone = false;
        while (!session->found_to) {
                session->found_to = session_find_keeper(session);
                if (!session->found_to) {
                        *ret_alone = true;
                        return session;
                }
                session = session->found_to;
        }
        return session;
}

Session *cycle_find_dead(Session *self) {
        Session *session = self;

        do {
                work_count(self->core, 1);
                if (!session_is_alive(session))
                        return session;
                session = session->found_to;
        } while (session != self);
        return NULL;
}

/* Prefers any other wait to a condition.wait: a victim of that would return without the lock that its program believes to hold.
 * Among the others the newest is chosen, since its program has waited least. */
static Wait *choose_victim(Wait *a, Wait *b) {
        if (!a || !b)
                return a ? a : b;
        if (!wait_call(a)->hold != !wait_call(b)->hold)
                return wait_call(a)->hold ? b : a;
        return wait_number(a) > wait_number(b) ? a : b;
}

Wait *cycle_find_victim(const Session *self) {
        const Session *session = self;
        Wait *victim = NULL;

        do {
                LIST_FOREACH (node, &session->waits) {
                        work_count(session->core, 1);
                        victim = choose_victim(victim, LIST_ENTRY(node, Wait, in_session));
                }
                session = session->found_to;
        } while (session != self);
        return victim;
}

/* Describing a cycle */

/* Lists the names of held objects, the object of this link first. A session may hold very many, so the list is bounded. */
static struct json_object *describe_holds(const Session *session, const Object *first) {
        CLEANUP(json_putp) struct json_object *names = json_object_new_array();
        int n = 0;

        if (!names || (hold_find(session, first) &&
                       json_push(names, json_object_new_string(first->name)) < 0))
                return NULL;
        LIST_FOREACH (node, &session->holds) {
                const Object *object = LIST_ENTRY(node, Hold, in_session)->object;
                if (n == HOLDS_SHOWN)
                        break;
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
        /* Without a hold, the session keeps the one before it in the cycle by its place in the queue. */
        if (!hold_find(session, kept) && json_put_string(link, "ahead_in", kept->name) < 0)
                return NULL;
        return TAKE_PTR(link);
}

/* Describes the cycle from the call that would close it. *ret_n receives the length of the whole cycle. */
static struct json_object *describe_cycle(const Session *self, int64_t *ret_n) {
        CLEANUP(json_putp) struct json_object *cycle = json_object_new_array();
        const Session *session = self;

        *ret_n = 0;
        if (!cycle)
                return NULL;
        do {
                work_count(self->core, 1);
                if ((*ret_n)++ < LINKS_SHOWN && json_push(cycle, describe_link(session)) < 0)
                        return NULL;
                session = session->found_to;
        } while (session != self);
        return TAKE_PTR(cycle);
}

void cycle_refuse(Call *call) {
        const Session *self = call->session;
        const Object *object = self->found_to->found_over;
        int64_t n_links;

        call_refuse(call, EDEADLK,
                    self->found_to == self
                            ? "%s would never return: this session itself holds %s"
                            : "%s on %s would never return: its owner waits, directly or through "
                              "others, for this session",
                    call->ref->name, call_quote(object->name, strlen(object->name)));
        call_add_data(call, "cycle", describe_cycle(self, &n_links));
        if (n_links > LINKS_SHOWN)
                call_add_data(call, "cycle_length", json_object_new_int64(n_links));
        call->core->stats.n_deadlocks++;
}
