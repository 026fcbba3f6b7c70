/* lock: mutual exclusion between sessions. Fair: who asked first gets it first.
 * It has an owner, who alone may release it and may not acquire it twice; when
 * the owner is gone, its policy says what becomes of it (owner.h). */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "core.h"
#include "hold.h"
#include "json-util.h"
#include "object.h"
#include "owner.h"
#include "types.h"
#include "wait.h"

typedef struct Lock {
        Object object;
        Ownership owner;
        WaitQueue waiters;
} Lock;

static Hold *lock_holder(const Lock *lock) {
        List *node = list_first(&lock->object.holds);

        return node ? LIST_ENTRY(node, Hold, by_object) : NULL;
}

static int lock_init(Object *object, Call *open) {
        Lock *lock = (Lock *)object;

        lock->owner.policy = call_choice(open, 0, OWNER_RELEASE);
        waitqueue_init(&lock->waiters, object, WAIT_IN_ORDER);
        return OUTCOME_DONE;
}

static int lock_describe(Object *object, struct json_object *into) {
        Lock *lock = (Lock *)object;

        if (json_put_bool(into, "locked", lock_holder(lock) || lock->owner.is_orphaned) < 0)
                return -ENOMEM;
        return owner_describe(&lock->owner, object, into);
}

static void lock_owner_gone(Object *object, Hold *hold) {
        Lock *lock = (Lock *)object;

        owner_died(&lock->owner, hold);
        waitqueue_signal(&lock->waiters);
}

static bool lock_is_obstructed(Object *object, const Call *call) {
        const Hold *holder = lock_holder((Lock *)object);

        return holder && holder->session->is_stuck;
}

static int lock_acquire(Call *call, Object *object) {
        Lock *lock = (Lock *)object;
        const Hold *holder = lock_holder(lock);

        int r = owner_check(call, &lock->owner);
        if (r != OUTCOME_DONE)
                return r;
        if (holder || lock->owner.is_orphaned || !call_has_turn(call, &lock->waiters))
                return call_park(call, &lock->waiters);
        return owner_grant(call, &lock->owner, NULL);
}

static int lock_release(Call *call, Object *object) {
        Lock *lock = (Lock *)object;
        Hold *holder = lock_holder(lock);

        if (lock->owner.is_orphaned) {
                lock->owner.is_orphaned = false;
        } else {
                if (!holder)
                        return call_refuse(call, EPERM, "it is not locked");
                if (holder->session != call->session)
                        return call_refuse(
                                call, EPERM, "another session owns it: pid %d (%s), for %lld ms",
                                (int)holder->session->peer.pid, session_comm(holder->session),
                                (long long)(call->core->now_ns - holder->since_ns) / 1000000);
                hold_free(holder);
        }
        waitqueue_signal(&lock->waiters);
        return call_return_null(call);
}

static int lock_locked(Call *call, Object *object) {
        const Lock *lock = (Lock *)object;

        return call_return_bool(call, lock_holder(lock) || lock->owner.is_orphaned);
}

static int lock_owner(Call *call, Object *object) {
        const Lock *lock = (Lock *)object;
        const Hold *holder = lock_holder(lock);

        if (holder)
                return call_return_made(call, hold_describe(holder));
        if (!lock->owner.is_orphaned)
                return call_return_null(call);
        CLEANUP(json_putp) struct json_object *o = owner_describe_victim(&lock->owner, call->core);
        if (!o || json_put_bool(o, "dead", true) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}

static int lock_recover(Call *call, Object *object) {
        Lock *lock = (Lock *)object;

        return owner_recover(call, &lock->owner);
}

static const Arg open_args[] = {OWNER_POLICY_ARG, {0}};
static const Arg acquire_args[] = {TIMEOUT_ARG, {0}};

static const Method methods[] = {
        {.name = "acquire",
         .run = lock_acquire,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = acquire_args,
         .result = owner_grant_schema,
         .help = "wait for the lock and take it; the answer tells of an owner that died"},
        {.name = "release",
         .run = lock_release,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "give the lock back"},
        {.name = "locked",
         .run = lock_locked,
         .result = BOOLEAN_SCHEMA,
         .help = "whether someone has it"},
        {.name = "owner",
         .run = lock_owner,
         .result = "{\"type\":[\"object\",\"null\"]}",
         .help = "who has it and since when, or null"},
        {.name = "recover",
         .run = lock_recover,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "make it usable again after its owner died (policy poison)"},
        {0},
};

const Type type_lock = {
        .name = "lock",
        .help = "mutual exclusion: fair, owned, and freed when its owner dies",
        .size = sizeof(Lock),
        .open_args = open_args,
        .init = lock_init,
        .describe = lock_describe,
        .owner_gone = lock_owner_gone,
        .is_obstructed = lock_is_obstructed,
        .methods = methods,
};
