/* Parking: bounds, charges, and the check for a deadlock.
 *
 * The order of the steps matters, since nothing may be left to undo after a failure: bounds first (call_may_park()), then
 * memory for the places, then the charge for the arguments, then the tables that can fail (wait_reserve()), and only then
 * the links, which cannot. The check for a deadlock comes last, with the wait in its place among all others; a refusal
 * unlinks it again, and the caller sees an outcome as if it had never been parked.
 *
 * A call that runs again and parks again keeps its place: every call_park...() returns at once for a parked call, or moves
 * it to the object that blocks it now. Its age (wait_number()) never changes then, except by call_requeue(). */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "base/memory.h"
#include "call/call.h"
#include "charge.h"
#include "core-state.h"
#include "idle.h"
#include "object.h"
#include "session.h"
#include "wait/deadlock.h"
#include "wait/park.h"
#include "wait/wait.h"
#include "work.h"

enum {
        ARGUMENTS_FREE = 4096, /* arguments up to this many bytes are never refused */
        REFUSAL_TEXT = 64,     /* of a timeout or a cancel, at most */
        SEVERAL_PLACES = 2,    /* extra places that a wait for several objects counts for */
};

static void wait_unlink_waiters(Wait *wait) {
        for (size_t i = 0; i < wait_n_places(wait); i++)
                waiter_unlink(wait_place(wait, i));
        free(wait->more);
        wait->more = NULL;
        wait->n_more = 0;
}

/* Serving a call, or ending it, costs steps for each of its places, so those count for the user. A method without an object
 * waits for several: it reads a list of them whenever it is tried, and answers with a list. */
static size_t count_places(const Call *call, size_t n_places) {
        return call->ref->type ? n_places : n_places + SEVERAL_PLACES;
}

/* Returns whether one more call may be parked in n_places queues. Refuses the call if not. */
static int call_may_park(Call *call, size_t n_places) {
        const Limits *limits = &call->core->limits;
        Session *session = call->session;

        if (!call->may_wait)
                return call_refuse(call, EAGAIN,
                                   "%s would have to wait, and a call in a batch or a notification "
                                   "never waits",
                                   call->ref->name);
        if (call->deadline.key <= call->core->now_ns)
                return call_refuse(call, EAGAIN, "%s would have to wait, and its timeout is 0",
                                   call->ref->name);
        if (session->n_waits >= limits->waits_per_session)
                return call_refuse(call, EDQUOT,
                                   "this session has %zu waiting calls already (max-waits)",
                                   session->n_waits);
        if (session->peer.uid != 0 &&
            session->account->n_places + count_places(call, n_places) > limits->waits_per_uid)
                return call_refuse(call, EDQUOT,
                                   "uid %u has %zu waiting calls already, for %zu objects in all "
                                   "(max-waits-per-uid)",
                                   session->peer.uid, session->account->n_waits,
                                   session->account->n_places);
        return OUTCOME_DONE;
}

/* The arguments of a call that waits count as stored by its user. A few of them count with the call, which the
 * bound on the number of waits covers: a user who has stored as much as allowed can still wait for a lock. */
static int wait_charge(Call *call) {
        size_t cost = call_values_memory(call);

        call->wait.n_structure_bytes = cost <= ARGUMENTS_FREE ? (uint32_t)cost : 0;
        if (cost <= ARGUMENTS_FREE)
                return OUTCOME_DONE;
        if (account_charge_bytes(call->core, call->session->account, call->session->peer.uid,
                                 cost) < 0)
                return call_refuse(call, EDQUOT,
                                   "%s cannot wait: no room for the %zu bytes of its arguments",
                                   call->ref->name, cost);
        call->wait.n_bytes = cost;
        call->wait.is_large = true;
        return OUTCOME_DONE;
}

void wait_release(Wait *wait) {
        Call *call = wait_call(wait);

        account_release_bytes(call->core, call->session->account, wait->n_bytes);
        wait->n_bytes = 0;
}

/* The bytes of memory of a call that waits, without its arguments. A call that goes on waiting after it gave up keeps the
 * text of its refusal. */
static size_t call_memory(const Call *call) {
        const Wait *wait = &call->wait;

        return call_own_memory(call) + (call->ref->method->give_up ? memory_of(REFUSAL_TEXT) : 0) +
               chains_place_memory() + sizeof(HeapNode *) +
               (wait->n_more ? memory_of(wait->n_more * sizeof(*wait->more)) : 0);
}

static void wait_link(Wait *wait, int64_t serial) {
        Call *call = wait_call(wait);

        call->is_parked = true;
        list_append(&call->session->waits, &wait->in_session);
        relation_relink(&call->core->relations, &wait->relation, RELATION_WAIT, wait_n_places(wait),
                        serial);
        if (call->object)
                list_append(&call->object->waits, &wait->in_object);
        wait->n_structure_bytes += (uint32_t)call_memory(call);
        account_add_structure(call->core, call->session->account, wait->n_structure_bytes);
        call->session->n_waits++;
        call->session->account->n_waits++;
        call->session->account->n_places += count_places(call, wait->relation.n_places);
        call->core->n_waits++;
}

/* A session that has one wait less may be stuck by those that are left: it is unsure until the search has looked. */
void wait_leave(Wait *wait) {
        Call *call = wait_call(wait);

        wait_release(wait);
        wait_unlink_waiters(wait);
        heap_remove(&call->core->deadlines, &call->deadline);
        list_unlink(&wait->in_session);
        list_unlink(&wait->in_object);
        list_unlink(&wait->in_retries);
        call->is_parked = false;
        if (call->object)
                object_let_go(call->object);
        call->session->n_waits--;
        call->session->account->n_waits--;
        call->core->n_waits--;
        session_is_unsure(call->session);
}

void wait_discharge(Wait *wait) {
        Call *call = wait_call(wait);
        Account *account = call->session->account;

        call_remove_parked(call);
        account_drop_structure(call->core, account, wait->n_structure_bytes);
        account->n_places -= count_places(call, wait->relation.n_places);
        relation_unlink(&call->core->relations, &wait->relation);
}

void wait_unlink(Wait *wait) {
        wait_leave(wait);
        wait_discharge(wait);
}

/* The steps of parking that can fail, each undone when a later one fails. */
static int wait_reserve(Call *call) {
        Core *core = call->core;

        int r = call_add_parked(call);
        if (r < 0)
                return r;
        if (call->deadline.key < INT64_MAX)
                r = heap_insert(&core->deadlines, &call->deadline, call->deadline.key);
        if (r < 0)
                call_remove_parked(call);
        return r;
}

/* The structure of a wait has no content before its call parks. */
static void wait_init(Wait *wait) {
        *wait = (Wait){0};
        list_init(&wait->in_session);
        list_init(&wait->in_object);
        list_init(&wait->in_retries);
}

/* Takes ownership of `more`. */
static void wait_take_places(Wait *wait, Waiter **more, const Place *places, size_t n,
                             int64_t number) {
        wait->more = TAKE_PTR(*more);
        wait->n_more = wait->more ? (uint8_t)n : 0;
        for (size_t i = 0; i < n; i++)
                waiter_link(wait_place(wait, i), wait, &places[i], number);
}

/* Parks a call whose places are linked to nothing yet. Takes ownership of `more`. */
static int wait_begin(Call *call, Waiter **more, const Place *places, size_t n, WaitNeed need,
                      size_t standing) {
        Wait *wait = &call->wait;
        int r = call_keep_values(call);

        wait_init(wait);
        if (r == 0)
                r = wait_charge(call);
        if (r != OUTCOME_DONE)
                return r;
        r = wait_reserve(call);
        if (r < 0) {
                wait_release(wait);
                return r;
        }
        wait->need = (uint8_t)need;
        wait->standing = (uint8_t)standing;
        wait_take_places(wait, more, places, n, ++call->core->last_wait);
        wait->since_ns = call->core->now_ns;
        wait_link(wait, ++call->core->relations.last);
        /* The check sees the call in its place, among all other waits. */
        r = deadlock_check(call);
        if (r == OUTCOME_DONE) {
                call->core->stats.n_parked++;
                return OUTCOME_PARKED;
        }
        wait_unlink(wait);
        return r;
}

static int park_many(Call *call, const Place *places, size_t n, WaitNeed need, size_t standing) {
        int r = call_may_park(call, n);

        if (r != OUTCOME_DONE)
                return r;
        CLEANUP(freep) Waiter *more = calloc(n, sizeof(*more));
        return more ? wait_begin(call, &more, places, n, need, standing) : -ENOMEM;
}

int call_park_any(Call *call, const Place *places, size_t n_places) {
        if (call->is_parked)
                return OUTCOME_PARKED;
        return park_many(call, places, n_places, WAIT_FOR_ANY, 0);
}

/* Moving to another place allocates nothing, since the places in all queues exist from the first parking on. */
int call_park_all(Call *call, const Place *places, size_t n_places, size_t in_the_way) {
        Wait *wait = &call->wait;
        const Place *place = &places[in_the_way];

        if (!call->is_parked)
                return park_many(call, places, n_places, WAIT_FOR_ALL, in_the_way);
        int64_t number = wait_number(wait);
        waiter_leave(wait_place(wait, wait->standing));
        wait->standing = (uint8_t)in_the_way;
        Waiter *waiter = wait_place(wait, in_the_way);
        waiter_set_level(waiter, place->level, place->goes_first ? -number : number);
        waiter_enter(waiter);
        return OUTCOME_PARKED;
}

int call_park_at(Call *call, const Place *place) {
        Wait *wait = &call->wait;
        Waiter *none = NULL;

        if (!call->is_parked) {
                int r = call_may_park(call, 1);
                return r == OUTCOME_DONE ? wait_begin(call, &none, place, 1, WAIT_FOR_ALL, 0) : r;
        }
        /* The session has taken a part of the object since it parked, with another call. */
        if (place->goes_first && waiter_serial(&wait->first) > 0) {
                waiter_unlink(&wait->first);
                waiter_link(&wait->first, wait, place, wait_number(wait));
        }
        return OUTCOME_PARKED;
}

int call_park(Call *call, WaitQueue *queue) {
        return call_park_at(call, &(Place){.queue = queue, .claim = {.n = 1}});
}

/* The call gets a new number: in its new queue it is as young as a call that arrives now. */
void call_requeue(Call *call, WaitQueue *queue) {
        Wait *wait = &call->wait;

        assert(call->is_parked && wait_is_ordered(wait));
        waiter_unlink(&wait->first);
        waiter_link(&wait->first, wait, &(Place){.queue = queue, .claim = {.n = 1}},
                    ++call->core->last_wait);
}

void call_wait_for_ever(Call *call) {
        heap_remove(&call->core->deadlines, &call->deadline);
        call->deadline.key = INT64_MAX;
}

int wait_restore(Call *call, const Place *places, size_t n, const WaitSaved *saved) {
        Wait *wait = &call->wait;
        Core *core = call->core;
        size_t cost = call_values_memory(call);
        CLEANUP(freep) Waiter *more = saved->is_for_several ? calloc(n, sizeof(*more)) : NULL;

        if (saved->is_for_several && !more)
                return -ENOMEM;
        wait_init(wait);
        core->deadlines.last_serial = saved->deadline_serial - 1;
        int r = wait_reserve(call);
        if (r < 0)
                return r;
        wait->n_structure_bytes = cost <= ARGUMENTS_FREE ? (uint32_t)cost : 0;
        wait->n_bytes = cost <= ARGUMENTS_FREE ? 0 : cost;
        wait->is_large = wait->n_bytes > 0;
        account_restore_bytes(core, call->session->account, wait->n_bytes);
        wait->need = (uint8_t)saved->need;
        wait->standing = (uint8_t)saved->standing;
        wait->since_ns = saved->since_ns;
        wait_take_places(wait, &more, places, n, saved->number);
        wait_link(wait, saved->relation);
        return 0;
}
