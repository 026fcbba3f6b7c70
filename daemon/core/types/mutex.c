/* Mutexes: the common part of lock, rlock and the lock of a condition. Waiters are served in the
 * order of their calls.
 *
 *   state      stored as                       released by
 *   free       no hold, no flag                -
 *   owned      a Hold of the owner's session   that session
 *   orphaned   owner.is_orphaned (policy       any session that may write the object
 *              "keep")
 *   taken      is_taken (made with "owned":    any session that may write the object
 *              false)
 *
 * A mutex without owners has no hold. The end of a session does not release it, and waits for it
 * are part of no deadlock, since any session may release it. owner.h describes the effect of an
 * owner's death.
 *
 * A condition leaves the mutex with all its levels (mutex_leave()) and takes it back with the same
 * hold (mutex_take_back()). Nothing is allocated in between, so a notified waiter always gets its
 * lock back. */
#include <errno.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "denied.h"
#include "json/json-util.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/mutex.h"
#include "types/types.h"
#include "wait/grant.h"
#include "who.h"

Hold *mutex_holder(const Mutex *mutex) {
        List *node = list_first(&mutex->object.holds);

        return node ? LIST_ENTRY(node, Hold, by_object) : NULL;
}

static bool mutex_is_locked(const Mutex *mutex) {
        return mutex_holder(mutex) || mutex->owner.is_orphaned || mutex->is_taken;
}

bool object_is_mutex(const Object *object) {
        return object->type == &type_lock || object->type == &type_rlock;
}

/* A poisoned mutex wakes all waiters, since each of them is now refused. */
static Levels mutex_get_levels(const WaitQueue *queue) {
        const Mutex *mutex = (Mutex *)queue->object;

        return mutex_is_locked(mutex) && !mutex->owner.is_poisoned ? LEVELS_NONE : LEVELS_ALL;
}

void mutex_init(Mutex *mutex, Object *object, OwnerPolicy policy, bool is_recursive) {
        mutex->owner.policy = policy;
        mutex->is_recursive = is_recursive;
        waitqueue_init(&mutex->waiters, object, WAIT_IN_ORDER);
        mutex->waiters.get_levels = mutex_get_levels;
}

static struct json_object *describe_taker(const Mutex *mutex) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t ago_ns = mutex->object.core->now_ns - mutex->taken_ns;

        if (!o || who_describe(&mutex->taker, o) < 0 ||
            json_put_int(o, "ms_ago", ago_ns / 1000000) < 0)
                return NULL;
        return TAKE_PTR(o);
}

int mutex_describe(Object *object, struct json_object *into) {
        const Mutex *mutex = (Mutex *)object;

        if (json_put_bool(into, "locked", mutex_is_locked(mutex)) < 0)
                return -ENOMEM;
        if (mutex->is_unowned && json_put_bool(into, "owned", false) < 0)
                return -ENOMEM;
        if (mutex->is_taken)
                return json_put(into, "taken_by", describe_taker(mutex));
        if (mutex->is_unowned)
                return 0;
        return owner_describe(&mutex->owner, object, into);
}

void mutex_owner_gone(Object *object, Hold *hold) {
        Mutex *mutex = (Mutex *)object;

        owner_died(&mutex->owner, hold);
        owner_signal(&mutex->owner, &mutex->waiters);
}

uint64_t mutex_weigh(const Hold *hold) {
        (void)hold;
        return 1;
}

uint64_t mutex_tolerance(const Object *object, const Waiter *waiter, const Hold *own) {
        const Mutex *mutex = (const Mutex *)object;

        return mutex->is_recursive && owner_is_no_obstacle(own, waiter) ? mutex_weigh(own) : 0;
}

int mutex_watch(Call *call, Object *object, struct json_object *what, Place *place) {
        Mutex *mutex = (Mutex *)object;

        place->queue = &mutex->waiters;
        if (mutex_is_locked(mutex) || !call_has_turn(call, &mutex->waiters))
                return OUTCOME_PARKED;
        return OUTCOME_DONE;
}

static int mutex_check(Call *call, Object *object, Place *place) {
        Mutex *mutex = (Mutex *)object;
        const Hold *holder = mutex_holder(mutex);

        place->queue = &mutex->waiters;
        /* A session that has ended reads no reply, so it would never release a lock without
         * owners. */
        if (mutex->is_unowned && call->session->is_gone && call->n_id)
                return call_refuse(call, ECONNRESET, "%s: the session of the caller has ended",
                                   call->ref->name);
        if (mutex->is_recursive && holder && holder->session == call->session)
                return OUTCOME_DONE;
        int r = owner_check(call, &mutex->owner, object);
        if (r == OUTCOME_DONE && (mutex_is_locked(mutex) || !call_has_turn(call, &mutex->waiters)))
                return OUTCOME_PARKED;
        return r;
}

/* A client library notes which locks its session holds. "owned": false tells it that this one
 * survives the session. */
static struct json_object *make_unowned_answer(void) {
        CLEANUP(json_putp) struct json_object *answer = json_object_new_object();

        if (!answer || json_put_int(answer, "token", 0) < 0 ||
            json_put_bool(answer, "owned", false) < 0)
                return NULL;
        return TAKE_PTR(answer);
}

static int mutex_prepare(Call *call, Grant *grant) {
        const Mutex *mutex = (Mutex *)grant->object;

        if (!mutex->is_unowned)
                return owner_prepare(call, &mutex->owner, grant);
        grant->answer = make_unowned_answer();
        return grant->answer ? OUTCOME_DONE : -ENOMEM;
}

static void mutex_take(Call *call, Grant *grant) {
        Mutex *mutex = (Mutex *)grant->object;

        if (!mutex->is_unowned) {
                owner_take(call, &mutex->owner, grant);
                return;
        }
        mutex->is_taken = true;
        mutex->taken_ns = call->core->now_ns;
        who_set(&mutex->taker, call->session);
        json_object_set_int64(json_object_object_get(grant->answer, "token"),
                              (int64_t)++call->core->last_token);
        session_is_unsure(call->session);
}

const Grantor mutex_grantor = {
        .check = mutex_check,
        .prepare = mutex_prepare,
        .take = mutex_take,
};

int mutex_acquire(Call *call, Object *object) {
        return grant_run(call, &mutex_grantor, object, (Claim){.n = 1});
}

static int check_holder(Call *call, const Mutex *mutex) {
        const Hold *holder = mutex_holder(mutex);

        if (!holder)
                return call_refuse(call, EPERM, "it is not locked");
        if (holder->session != call->session)
                return call_refuse(call, EPERM, "another session owns it: %s, for %lld ms",
                                   who_text_of(holder->session),
                                   (long long)(call->core->now_ns - holder->since_ns) / 1000000);
        return OUTCOME_DONE;
}

/* The mutex may be the lock of a condition, which has bits of its own. */
int mutex_check_owner(Call *call, const Mutex *mutex) {
        return object_hide_state(call, &mutex->object, check_holder(call, mutex));
}

int mutex_release(Call *call, Object *object) {
        Mutex *mutex = (Mutex *)object;

        if (mutex->owner.is_orphaned || mutex->is_taken) {
                mutex->owner.is_orphaned = mutex->is_taken = false;
        } else {
                int r = mutex_check_owner(call, mutex);
                if (r != OUTCOME_DONE)
                        return r;
                Hold *holder = mutex_holder(mutex);
                if (--holder->n > 0)
                        return call_return_null(call);
                hold_free(holder);
        }
        waitqueue_signal(&mutex->waiters);
        return call_return_null(call);
}

int mutex_locked(Call *call, Object *object) {
        return call_return_bool(call, mutex_is_locked((Mutex *)object));
}

int mutex_get_owner(Call *call, Object *object) {
        const Mutex *mutex = (Mutex *)object;
        const Hold *holder = mutex_holder(mutex);

        if (holder)
                return call_return_made(call, hold_describe(holder));
        if (!mutex->owner.is_orphaned)
                return call_return_null(call);
        CLEANUP(json_putp) struct json_object *o = owner_describe_victim(&mutex->owner, call->core);
        if (!o || json_put_bool(o, "dead", true) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}

int mutex_recover(Call *call, Object *object) {
        return owner_recover(call, &((Mutex *)object)->owner);
}

Hold *mutex_leave(Mutex *mutex) {
        Hold *hold = mutex_holder(mutex);

        hold_leave(hold);
        return hold;
}

void mutex_stay(Hold *hold) {
        int64_t since_ns = hold->since_ns;

        grant_hold(hold);
        hold->since_ns = since_ns;
}

int mutex_take_back(Call *call, Mutex *mutex, Hold *hold) {
        if (mutex_is_locked(mutex))
                return OUTCOME_PARKED;
        int r = owner_check(call, &mutex->owner, &mutex->object);
        if (r != OUTCOME_DONE)
                return r;
        grant_hold(hold);
        hold->token = ++call->core->last_token;
        return OUTCOME_DONE;
}

int mutex_get_policy(const Object *object, struct json_object **ret) {
        return owner_get_policy(&((const Mutex *)object)->owner, ret);
}

const Arg mutex_open_args[] = {OWNER_POLICY_ARG(mutex_get_policy), {0}};
const Arg mutex_acquire_args[] = {TIMEOUT_ARG, {0}};

const Method mutex_methods[] = {
        {.name = "acquire",
         .run = mutex_acquire,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = mutex_acquire_args,
         .result = owner_grant_schema,
         .help = "wait for the lock and take it; the result reports an owner that died"},
        {.name = "release",
         .run = mutex_release,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_GIVES_BACK,
         .result = NULL_SCHEMA,
         .help = "release the lock"},
        {.name = "locked",
         .run = mutex_locked,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "whether it is held"},
        {.name = "owner",
         .run = mutex_get_owner,
         .work = work_constant,
         .result = OBJECT_OR_NULL_SCHEMA,
         .help = "the owner and since when, or null"},
        {.name = "recover",
         .run = mutex_recover,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "make it usable again after its owner died (policy poison)"},
        {0},
};

/* ---- In a snapshot. The owner's hold is a record of the session's. */

void mutex_save(const Object *object, SnapshotWriter *w) {
        const Mutex *mutex = (const Mutex *)object;

        owner_save(&mutex->owner, w);
        snapshot_put_bool(w, "owned", !mutex->is_unowned);
        snapshot_put_bool(w, "taken", mutex->is_taken);
        who_save(&mutex->taker, w, "taker");
        snapshot_put_int(w, "taken_ns", mutex->taken_ns);
}

int mutex_load_as(Object *object, SnapshotRecord *state, bool is_recursive) {
        Mutex *mutex = (Mutex *)object;

        mutex_init(mutex, object, OWNER_RELEASE, is_recursive);
        owner_load(&mutex->owner, state);
        mutex->is_unowned = !snapshot_get_bool(state, "owned");
        mutex->is_taken = snapshot_get_bool(state, "taken");
        who_load(&mutex->taker, state, "taker");
        mutex->taken_ns = snapshot_get_int(state, "taken_ns");
        return state->reader->error;
}
