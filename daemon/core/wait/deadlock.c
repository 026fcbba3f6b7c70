/* Deadlock detection.
 *
 * The model. A session is one thread that has sent calls, and does nothing else until one of those that wait is
 * answered. So it is stuck when it waits, and none of its waits can be served unless a stuck session lets go of
 * something first. A session with several calls under way (a pipelined batch) is stuck only when all of its
 * waits are kept: a program that got one answer may let go of something. The wire cannot tell a program that
 * waits for its answers from one that goes on and will send a release; a program that goes on says so
 * (session.hello, "asynchronous"; shmgr_loop does), and is never stuck.
 *
 * A wait is kept from being served by the holders of the object that its queue is about (WaitQueue.blocker;
 * its type tells what each of them weighs, and how much the waiter bears), and, where a queue is served in order,
 * those before it that are kept. A wait for several objects at once is kept by any of them, wherever it stands; a wait for one of
 * several by all together. A wait that a session outside could end (an event, a permit that nobody owns, a holder
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
 * a session may be in several cycles. The first search after each input is made whether or not there is allowance left. One
 * input that closes several cycles may have the rest of them ended in slices, like other work that is put off (work.h);
 * otherwise there never is a cycle between two inputs.
 *
 * A timed wait counts like any other: it is refused at once where it would close a cycle, also if its timeout would have
 * broken the cycle.
 *
 * stuck.c finds out which sessions are stuck, and cycle.c the cycle. All sessions that became unsure by one act are checked
 * together. A session that has died and lets go soon is no part of a cycle.
 *
 * Must never happen: EDEADLK for a wait that a session could still end; a change that makes a session stuck
 * without one of the three looks (tests/core/test-deadlock.c plays all futures after each step). */
#include "call/call.h"
#include "core-state.h"
#include "object.h"
#include "session.h"
#include "wait/cycle.h"
#include "wait/deadlock.h"
#include "wait/stuck.h"
#include "wait/wait.h"
#include "work.h"

/* Returns whether the session waits for itself. Then it notes a cycle of one session, for cycle_refuse(). */
static bool wait_is_for_itself(Wait *wait) {
        Session *self = wait_call(wait)->session;
        Object *over;

        if (!stuck_by_itself(wait, &over))
                return false;
        self->found_over = over;
        self->found_to = self;
        return true;
}

/* Returns whether the session is in a cycle of living sessions. Session.found_to has the cycle then. */
static bool session_closes_cycle(Stuck *stuck, Session *self) {
        Session *dead;

        stuck_suspect(stuck, self);
        stuck_search(stuck, self);
        while (self->is_stuck && cycle_find(stuck, self)) {
                dead = cycle_find_dead(self);
                if (!dead)
                        return true;
                stuck_free(stuck, dead, self);
        }
        return false;
}

int deadlock_check(Call *call) {
        Session *self = call->session;
        Stuck stuck;

        if (self->n_holds == 0)
                return OUTCOME_DONE;
        bool is_refused = wait_is_for_itself(&call->wait);
        if (!is_refused) {
                stuck_init(&stuck, call->core);
                is_refused = session_closes_cycle(&stuck, self);
                stuck_deinit(&stuck);
        }
        if (is_refused)
                cycle_refuse(call);
        return is_refused ? OUTCOME_REFUSED : OUTCOME_DONE;
}

/* Sessions that came into a cycle without a new wait */

static Wait *session_find_wait_for_itself(const Session *session) {
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                if (wait_is_for_itself(wait))
                        return wait;
        }
        return NULL;
}

static void forget_those_that_are_free(Core *core) {
        LIST_FOREACH_SAFE (node, next, &core->unsure) {
                work_count(core, 1);
                if (!LIST_ENTRY(node, Session, in_unsure)->is_stuck)
                        list_unlink(node);
        }
}

/* Returns a wait that must end, of the cycle to which a stuck session leads. Returns NULL if a session of it has died: that one
 * is not stuck any more. */
static Wait *find_victim_from(Stuck *stuck, Session *session) {
        bool is_alone;
        Session *self = cycle_reach(stuck, session, &is_alone), *dead = NULL;
        Wait *victim = NULL;

        if (is_alone)
                victim = session_is_alive(self) ? session_find_wait_for_itself(self) : NULL;
        else if (cycle_find(stuck, self) && !(dead = cycle_find_dead(self)))
                victim = cycle_find_victim(self);
        if (!victim)
                stuck_free(stuck, dead ? dead : self, NULL);
        return victim;
}

static Wait *find_victim(Core *core) {
        Stuck stuck;
        Wait *victim = NULL;

        if (list_is_empty(&core->unsure))
                return NULL;
        stuck_init(&stuck, core);
        LIST_FOREACH (node, &core->unsure)
                stuck_suspect(&stuck, LIST_ENTRY(node, Session, in_unsure));
        stuck_search(&stuck, NULL);
        forget_those_that_are_free(core);
        for (List *node; !victim && (node = list_first(&core->unsure));) {
                Session *session = LIST_ENTRY(node, Session, in_unsure);
                victim = find_victim_from(&stuck, session);
                if (!victim && !session->is_stuck)
                        list_unlink(node);
        }
        stuck_deinit(&stuck);
        return victim;
}

Wait *deadlocks_next(Core *core) {
        uint64_t n_before = core->n_steps;
        Wait *victim = find_victim(core);

        if (victim)
                cycle_refuse(wait_call(victim));
        work_spend_since(core, n_before);
        return victim;
}
