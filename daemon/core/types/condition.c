/* condition: releases a lock, waits for a notification, and takes the lock again.
 *
 * It has a recursive lock of its own, or uses a lock or rlock that is named at its creation. The
 * condition keeps that lock alive like any reference, but it may be deleted: then the waiters get
 * EIDRM, and every later call of the condition fails with ENOENT.
 *
 * A call of wait goes through two queues. In the queue of the condition it waits for a
 * notification; its session has released the lock, at whatever depth, and the call keeps the hold.
 * When it is notified, or has to give up, it moves to the queue of the lock, which cannot fail. It
 * ends when it has the lock back: with true, ETIMEDOUT or ECANCELED. It ends without the lock only
 * if it cannot get it: with ENOTRECOVERABLE, with EDEADLK, or because the lock, the condition, the
 * session or the daemon ends.
 *
 *   phase      queue                 leaves the phase by
 *   WAITS      Condition.waiters     notify: to NOTIFIED; its timeout or a cancel: to GAVE_UP
 *   NOTIFIED   the lock's waiters    the lock is free: returns true; a cancel: to GAVE_UP
 *   GAVE_UP    the lock's waiters    the lock is free: returns the error that was noted
 *
 * If a notified waiter dies or cancels before it has the lock back, its notification passes to the
 * oldest waiter that was already waiting at the time of the notification. For that, waits are
 * numbered (n_waits), and a notified call stores the newest number that its notification was for
 * (Call.saved).
 *
 * Must never happen: a wait returns true or ETIMEDOUT without the lock; a notification reaches a
 * wait that began after it; a move between the queues fails. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "denied.h"
#include "json/json-util.h"
#include "open-options.h"
#include "reference.h"
#include "registry.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/mutex.h"
#include "types/types.h"
#include "wait/park.h"

/* Call.phase of a wait. Call.saved is the number of the wait; after the notification it is the
 * number of the last wait that the notification was for. */
enum { PHASE_WAITS, PHASE_NOTIFIED, PHASE_GAVE_UP };

typedef struct Condition {
        Mutex own;
        char *lock_name;   /* NULL: it has its own lock */
        WaitQueue waiters; /* the blocker is the lock; NULL after its deletion */
        uint64_t n_waits;  /* number of waits so far */
} Condition;

enum { INIT_LOCK, INIT_POLICY };

static int condition_check_owner(Call *call, const Mutex *lock) {
        if (!mutex_holder(lock))
                return call_refuse(call, EPERM, "the condition is not locked: acquire it first");
        return mutex_check_owner(call, lock);
}

/* Finds the lock named at open. Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int condition_find_lock(Call *open, Object **ret) {
        size_t n;
        const char *name = call_string(open, INIT_LOCK, &n);
        Object *lock = object_find(open->core, name, n);

        if (!lock)
                return call_refuse(open, ENOENT, "lock: no object has the name %s",
                                   call_quote(name, n));
        if (!object_is_mutex(lock))
                return call_refuse(open, EPROTOTYPE, "lock: %s is %s %s, not a lock or an rlock",
                                   call_quote(name, n), type_article(lock->type), lock->type->name);
        if (!object_allows(lock, open->session, ACCESS_WRITE))
                return object_deny(open, lock, "change");
        if (((Mutex *)lock)->is_unowned)
                return call_refuse_arg(open, "lock",
                                       "lock: %s was made with owned false; a condition needs a "
                                       "lock that has an owner",
                                       call_quote(name, n));
        *ret = lock;
        return OUTCOME_DONE;
}

static int condition_init(Object *object, Call *open) {
        Condition *c = (Condition *)object;
        Object *lock = object;
        int r = OUTCOME_DONE;

        mutex_init(&c->own, object, call_choice(open, INIT_POLICY, OWNER_RELEASE), true);
        waitqueue_init(&c->waiters, object, WAIT_ANY);
        if (call_has(open, INIT_LOCK)) {
                r = condition_find_lock(open, &lock);
                if (r == OUTCOME_DONE)
                        r = references_add_name(open, object, lock->name, strlen(lock->name));
                if (r != OUTCOME_DONE)
                        return r;
                c->lock_name = strdup(lock->name);
                if (!c->lock_name)
                        return -ENOMEM;
        }
        waitqueue_set_blocker(&c->waiters, lock);
        return r;
}

static void condition_deinit(Object *object) {
        Condition *c = (Condition *)object;

        if (c->waiters.blocker)
                waitqueue_set_blocker(&c->waiters, NULL);
        free(c->lock_name);
}

static int condition_describe(Object *object, struct json_object *into) {
        const Condition *c = (Condition *)object;

        if (!c->lock_name)
                return mutex_describe(object, into);
        if (json_put_string(into, "lock", c->lock_name) < 0)
                return -ENOMEM;
        return c->waiters.blocker ? 0 : json_put_bool(into, "lock_deleted", true);
}

/* Finds the lock, if the caller may use it. Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int condition_get_lock(Call *call, const Condition *c, Mutex **ret) {
        Object *lock = c->waiters.blocker;

        if (lock)
                holds_end_of_gone(lock);
        else
                return call_refuse(call, ENOENT, "the lock of this condition, %s, was deleted",
                                   call_quote(c->lock_name, strlen(c->lock_name)));
        if (!object_allows(lock, call->session, call->ref->access) &&
            !(call->ref->method->flags & METHOD_GIVES_BACK && hold_find(call->session, lock)))
                return object_deny(call, lock, "use");
        *ret = (Mutex *)lock;
        return OUTCOME_DONE;
}

/* Runs a method on the lock. */
static int condition_delegate(Call *call, Object *object, int (*run)(Call *, Object *)) {
        Mutex *lock;

        int r = condition_get_lock(call, (Condition *)object, &lock);
        return r == OUTCOME_DONE ? run(call, &lock->object) : r;
}

static int condition_acquire(Call *call, Object *object) {
        return condition_delegate(call, object, mutex_acquire);
}

static int condition_release(Call *call, Object *object) {
        return condition_delegate(call, object, mutex_release);
}

static int condition_locked(Call *call, Object *object) {
        return condition_delegate(call, object, mutex_locked);
}

static int condition_owner(Call *call, Object *object) {
        return condition_delegate(call, object, mutex_get_owner);
}

static int condition_recover(Call *call, Object *object) {
        return condition_delegate(call, object, mutex_recover);
}

/* Runs a parked call again. In the queue of the condition only a notification ends the wait, so the
 * call parks again. In the queue of the lock the call takes the lock with the hold that it kept, so
 * this needs no memory. */
static int condition_wake(Call *call, Condition *c) {
        if (call->phase == PHASE_WAITS)
                return OUTCOME_PARKED;
        int r = mutex_take_back(call, (Mutex *)c->waiters.blocker, call->hold);
        if (r != OUTCOME_DONE)
                return r;
        call->hold = NULL;
        /* A call that gave up already has its error, ETIMEDOUT or ECANCELED. */
        return call->phase == PHASE_GAVE_UP ? OUTCOME_REFUSED : call_return_bool(call, true);
}

/* Releases the lock before the call parks, and takes it back if parking fails. Parking looks for
 * deadlocks: a session that still held the lock would seem to wait for itself. */
static int condition_wait(Call *call, Object *object) {
        Condition *c = (Condition *)object;
        Mutex *lock;

        if (call->is_parked)
                return condition_wake(call, c);
        int r = condition_get_lock(call, c, &lock);
        if (r == OUTCOME_DONE)
                r = condition_check_owner(call, lock);
        if (r != OUTCOME_DONE)
                return r;
        call->hold = mutex_leave(lock);
        r = call_park(call, &c->waiters);
        if (r == OUTCOME_PARKED) {
                call->saved = ++c->n_waits;
                waitqueue_signal(&lock->waiters);
        } else {
                mutex_stay(TAKE_PTR(call->hold));
        }
        return r;
}

/* Moves a call to the queue of the lock. This cannot fail, so no call is lost between the two
 * queues. */
static void condition_move(Call *call, Condition *c, unsigned phase) {
        Mutex *lock = (Mutex *)c->waiters.blocker;

        call->phase = (uint8_t)phase;
        call_wait_for_ever(call);
        call_requeue(call, &lock->waiters);
        waitqueue_signal(&lock->waiters);
}

/* Notifies the oldest waiter if the number of its wait is at most `last`. Otherwise returns
 * false. */
static bool condition_notify_one(Condition *c, uint64_t last) {
        List *node = list_first(&c->waiters.ordered);
        Call *call = node ? wait_call(LIST_ENTRY(node, Waiter, in_line)->wait) : NULL;

        if (!call || call->saved > last)
                return false;
        condition_move(call, c, PHASE_NOTIFIED);
        call->saved = last;
        return true;
}

/* After a timeout or a cancel the call stays parked (OUTCOME_PARKED), without a timeout, until it
 * has the lock back. The other ends take effect at once: the lock is out of reach, or the session
 * has ended. */
static int condition_give_up(Call *call, Object *object, WaitEnd why) {
        Condition *c = (Condition *)object;
        bool has_lock_to_wait_for = why == WAIT_END_TIMED_OUT || why == WAIT_END_CANCELLED;

        if (call->phase == PHASE_NOTIFIED &&
            (why == WAIT_END_CANCELLED || why == WAIT_END_SESSION_GONE || why == WAIT_END_DEADLOCK))
                condition_notify_one(c, call->saved);
        if (!has_lock_to_wait_for)
                return OUTCOME_DONE;
        if (call->phase == PHASE_WAITS)
                condition_move(call, c, PHASE_GAVE_UP);
        call->phase = PHASE_GAVE_UP;
        return OUTCOME_PARKED;
}

/* Notifies only waits that began before this call: no call parks while it runs, so n_waits is the
 * number of the newest of them. */
static int condition_notify_many(Call *call, Object *object, int64_t n) {
        Condition *c = (Condition *)object;
        Mutex *lock;

        int r = condition_get_lock(call, c, &lock);
        if (r == OUTCOME_DONE)
                r = condition_check_owner(call, lock);
        if (r != OUTCOME_DONE)
                return r;
        while (n > 0 && condition_notify_one(c, c->n_waits))
                n--;
        return call_return_null(call);
}

static int condition_notify(Call *call, Object *object) {
        return condition_notify_many(call, object, call_int(call, 0, 1));
}

static int condition_notify_all(Call *call, Object *object) {
        return condition_notify_many(call, object, INT64_MAX);
}

/* Checks a restored call: a waiting call keeps the hold of the lock that its session released. */
static int condition_restore(Call *call, Object **ret, size_t most, bool *ret_any) {
        const Condition *c = (const Condition *)call->object;
        const Object *lock = c->waiters.blocker;
        bool has_refusal = call->error != 0;

        *ret_any = false;
        if (!lock || !call->hold || call->hold->object != lock || call->phase > PHASE_GAVE_UP ||
            has_refusal != (call->phase == PHASE_GAVE_UP))
                return -EINVAL;
        return 0;
}

static int get_lock(const Object *object, struct json_object **ret) {
        const Condition *c = (const Condition *)object;

        return c->lock_name ? present_string(c->lock_name, ret) : 0;
}

static int get_policy(const Object *object, struct json_object **ret) {
        return owner_get_policy(&((const Condition *)object)->own.owner, ret);
}

static const Arg open_args[] = {
        [INIT_LOCK] =
                {.name = "lock",
                 .kind = ARG_NAME,
                 .optional = true,
                 .role = OPEN_FOR_GOOD,
                 .get_present = get_lock,
                 .help = "the lock or rlock that it uses; without one it has an rlock of its own"},
        [INIT_POLICY] = OWNER_POLICY_ARG(get_policy),
        {0},
};

static const Arg wait_args[] = {TIMEOUT_ARG, {0}};

static const Arg notify_args[] = {
        {.name = "n",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .minimum = 1,
         .maximum = INT64_MAX,
         .fallback = "1",
         .help = "how many to notify at most"},
        {0},
};

static const Method methods[] = {
        {.name = "acquire",
         .run = condition_acquire,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = mutex_acquire_args,
         .result = owner_grant_schema,
         .help = "wait for the condition's lock and take it"},
        {.name = "release",
         .run = condition_release,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_GIVES_BACK,
         .result = NULL_SCHEMA,
         .help = "release the lock"},
        {.name = "wait",
         .run = condition_wait,
         .work = work_constant,
         .give_up = condition_give_up,
         .restore = condition_restore,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = wait_args,
         .result = BOOLEAN_SCHEMA,
         .help = "release the lock, wait for a notification, and take the lock again; returns "
                 "true"},
        {.name = "notify",
         .run = condition_notify,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .args = notify_args,
         .result = NULL_SCHEMA,
         .help = "wake the oldest waiters, each when it gets the lock"},
        {.name = "notify_all",
         .run = condition_notify_all,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "wake all waiters, one after the other as they get the lock"},
        {.name = "locked",
         .run = condition_locked,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "whether the lock is held"},
        {.name = "owner",
         .run = condition_owner,
         .work = work_constant,
         .result = OBJECT_OR_NULL_SCHEMA,
         .help = "the owner of the lock and since when, or null"},
        {.name = "recover",
         .run = condition_recover,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "make the lock usable again after its owner died (policy poison)"},
        {0},
};

static void condition_save(const Object *object, SnapshotWriter *w) {
        const Condition *c = (const Condition *)object;

        mutex_save(object, w);
        snapshot_put_string(w, "lock", c->lock_name);
        snapshot_put_uint(w, "blocker", c->waiters.blocker ? c->waiters.blocker->id : 0);
        snapshot_put_uint(w, "waits", c->n_waits);
}

static int condition_load(Object *object, SnapshotRecord *state) {
        Condition *c = (Condition *)object;
        SnapshotReader *r = state->reader;

        int error = mutex_load_as(object, state, true);
        waitqueue_init(&c->waiters, object, WAIT_ANY);
        c->lock_name = snapshot_get_text(state, "lock", NULL);
        uint64_t id = snapshot_get_uint(state, "blocker");
        Object *lock = id == object->id ? object : snapshot_marked(r, SNAPSHOT_OBJECT, id);
        c->n_waits = snapshot_get_uint(state, "waits");
        if (error == 0 && id != 0 && lock != object && (!lock || !object_is_mutex(lock)))
                error = snapshot_fail(r, -EBADMSG, "the lock of the condition is not there");
        if (error == 0 && !c->lock_name != (lock == object))
                error = snapshot_fail(r, -EBADMSG,
                                      "the condition has a lock of its own or another's");
        waitqueue_set_blocker(&c->waiters, error == 0 && r->error == 0 ? lock : NULL);
        return r->error;
}

const Type type_condition = {
        .name = "condition",
        .help = "releases a lock, waits for a notification, and takes the lock again",
        .size = sizeof(Condition),
        .open_args = open_args,
        .init = condition_init,
        .deinit = condition_deinit,
        .save = condition_save,
        .load = condition_load,
        .describe = condition_describe,
        .owner_gone = mutex_owner_gone,
        .weigh = mutex_weigh,
        .tolerance = mutex_tolerance,
        .gives_more_at_once = true,
        .methods = methods,
};
