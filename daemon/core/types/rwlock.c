/* rwlock: shared by readers, or held by one writer. Calls are served in order: a reader behind a
 * waiting writer must wait, too, so writers do not starve.
 *
 * A session has one hold, to any depth, and may mix modes. A read by the writer is one more level
 * of writing. A write by a reader is an upgrade: it waits, before all other calls, until the
 * session is the only reader. A second reader that asks for an upgrade would wait for ever, and
 * gets EDEADLK. Each release removes the latest level, so the levels of reading below an upgrade
 * reappear when the upgrade is released.
 *
 *   session has   asks to read                    asks to write
 *   nothing       waits behind waiting writers    waits until no session has it
 *   read          one more level                  the upgrade
 *   write         one more level                  one more level
 *
 * The policy for a dead owner concerns writers only: a reader leaves nothing half done.
 *
 * For deadlocks, a reader weighs 1 and a writer more than all readers together. A waiting reader
 * tolerates any number of readers and no writer; a waiting writer tolerates only its own
 * session. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "json/json-util.h"
#include "object.h"
#include "snapshot/reader.h"
#include "types/types.h"
#include "wait/deadlock.h"
#include "wait/grant.h"
#include "wait/owner.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

typedef struct RWLock {
        Object object;
        Ownership owner;
        WaitQueue waiters;
} RWLock;

/* Levels of waits for several objects, or for one of several. */
enum { LEVEL_UPGRADE = -1, LEVEL_READ, LEVEL_WRITE };

#define WRITER_WEIGHT (UINT64_C(1) << 32)

static const char mode_read[] = "read", mode_write[] = "write";

/* If the lock has several holders, all are readers, so the first one tells the mode of all. */
static Hold *rwlock_first_holder(const RWLock *lock) {
        List *node = list_first(&lock->object.holds);

        return node ? LIST_ENTRY(node, Hold, by_object) : NULL;
}

static bool rwlock_is_locked(const RWLock *lock) {
        return rwlock_first_holder(lock) || lock->owner.is_orphaned;
}

static bool rwlock_is_written(const RWLock *lock) {
        const Hold *holder = rwlock_first_holder(lock);

        return lock->owner.is_orphaned || (holder && holder->mode == mode_write);
}

static bool rwlock_is_only_holder(const Hold *hold) {
        return hold->by_object.next == hold->by_object.prev;
}

/* Upgrades are always tried: at most one of them can succeed. */
static Levels rwlock_get_levels(const WaitQueue *queue) {
        const RWLock *lock = (RWLock *)queue->object;

        if (lock->owner.is_poisoned || !rwlock_is_locked(lock))
                return LEVELS_ALL;
        return LEVELS_UP_TO(rwlock_is_written(lock) ? LEVEL_UPGRADE : LEVEL_READ);
}

static void rwlock_init_queue(RWLock *lock) {
        waitqueue_init(&lock->waiters, &lock->object, WAIT_IN_ORDER);
        lock->waiters.get_levels = rwlock_get_levels;
}

static int rwlock_init(Object *object, Call *open) {
        RWLock *lock = (RWLock *)object;

        lock->owner.policy = call_choice(open, 0, OWNER_RELEASE);
        rwlock_init_queue(lock);
        return OUTCOME_DONE;
}

static int rwlock_describe(Object *object, struct json_object *into) {
        const RWLock *lock = (RWLock *)object;

        if (json_put_bool(into, "locked", rwlock_is_locked(lock)) < 0)
                return -ENOMEM;
        return owner_describe(&lock->owner, object, into);
}

static void rwlock_owner_gone(Object *object, Hold *hold) {
        RWLock *lock = (RWLock *)object;

        if (hold->mode == mode_write)
                owner_died(&lock->owner, hold);
        owner_signal(&lock->owner, &lock->waiters);
}

/* A writer weighs more than all readers. */
static uint64_t rwlock_weigh(const Hold *hold) {
        return hold->mode == mode_write ? WRITER_WEIGHT : 1;
}

static uint64_t rwlock_tolerance(const Object *object, const Waiter *waiter, const Hold *own) {
        (void)object;
        return (waiter->claim.is_shared ? WRITER_WEIGHT - 1 : 0) +
               (owner_is_no_obstacle(own, waiter) ? rwlock_weigh(own) : 0);
}

/* A session that has the lock goes first, and is never refused as poisoned, since it must be able
 * to release the lock. */
static int rwlock_check(Call *call, Object *object, Place *place) {
        RWLock *lock = (RWLock *)object;
        const Hold *mine = hold_find(call->session, object);

        place->queue = &lock->waiters;
        place->level = place->claim.is_shared ? LEVEL_READ : LEVEL_WRITE;
        if (mine) {
                place->goes_first = true;
                place->level = LEVEL_UPGRADE;
                if (place->claim.is_shared || mine->mode == mode_write ||
                    rwlock_is_only_holder(mine))
                        return OUTCOME_DONE;
                return OUTCOME_PARKED;
        }
        int r = owner_check(call, &lock->owner, object);
        if (r != OUTCOME_DONE)
                return r;
        bool is_taken = place->claim.is_shared ? rwlock_is_written(lock) : rwlock_is_locked(lock);
        return is_taken || !call_has_turn(call, &lock->waiters) ? OUTCOME_PARKED : OUTCOME_DONE;
}

static int rwlock_prepare(Call *call, Grant *grant) {
        return owner_prepare(call, &((RWLock *)grant->object)->owner, grant);
}

/* n_shared is how many of the n levels are for reading, so that a release below the upgrade
 * restores the mode. */
static void rwlock_take(Call *call, Grant *grant) {
        Hold *hold = grant->hold;

        if (grant->claim.is_shared) {
                if (!hold_is_taken(hold))
                        hold->mode = mode_read;
        } else if (hold->mode != mode_write) {
                hold->mode = mode_write;
                hold->n_shared = hold->n;
                session_is_unsure(call->session);
                if (hold_is_taken(hold)) /* an upgrade is a grant of its own */
                        hold->token = ++call->core->last_token;
        }
        owner_take(call, &((RWLock *)grant->object)->owner, grant);
}

static const Grantor grantor = {
        .has_modes = true,
        .check = rwlock_check,
        .prepare = rwlock_prepare,
        .take = rwlock_take,
};

static int rwlock_watch(Call *call, Object *object, struct json_object *what, Place *place) {
        RWLock *lock = (RWLock *)object;

        place->queue = &lock->waiters;
        place->level = LEVEL_WRITE;
        if (rwlock_is_locked(lock) || !call_has_turn(call, &lock->waiters))
                return OUTCOME_PARKED;
        return OUTCOME_DONE;
}

static int rwlock_acquire_read(Call *call, Object *object) {
        return grant_run(call, &grantor, object, (Claim){.is_shared = true, .n = 1});
}

static int rwlock_acquire_write(Call *call, Object *object) {
        return grant_run(call, &grantor, object, (Claim){.n = 1});
}

/* Finds the hold of the calling session. Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int rwlock_find_hold(Call *call, RWLock *lock, Hold **ret) {
        const Hold *holder = rwlock_first_holder(lock);

        *ret = hold_find(call->session, &lock->object);
        if (*ret)
                return OUTCOME_DONE;
        if (!holder)
                return call_refuse(call, EPERM, "it is not locked");
        return call_refuse(call, EPERM, "this session does not hold it; %s does",
                           who_text_of(holder->session));
}

static int rwlock_release(Call *call, Object *object) {
        RWLock *lock = (RWLock *)object;
        Hold *hold;

        if (lock->owner.is_orphaned) {
                lock->owner.is_orphaned = false;
        } else {
                int r = rwlock_find_hold(call, lock, &hold);
                if (r != OUTCOME_DONE)
                        return r;
                if (--hold->n == 0)
                        hold_free(hold);
                else if (hold->n == hold->n_shared)
                        hold->mode = mode_read;
        }
        waitqueue_signal(&lock->waiters);
        return call_return_null(call);
}

static int rwlock_downgrade(Call *call, Object *object) {
        RWLock *lock = (RWLock *)object;
        Hold *hold;

        int r = rwlock_find_hold(call, lock, &hold);
        if (r != OUTCOME_DONE)
                return r;
        if (hold->mode != mode_write)
                return call_refuse(call, EPERM, "this session holds it for reading only");
        hold->mode = mode_read;
        hold->n_shared = hold->n;
        waitqueue_signal(&lock->waiters);
        return call_return_null(call);
}

static int rwlock_locked(Call *call, Object *object) {
        return call_return_bool(call, rwlock_is_locked((RWLock *)object));
}

enum { OWNER_STEPS = 20 }; /* for describing one */

static size_t owners_count(const Call *call) {
        return (size_t)call_int(call, 0, 100);
}

static uint64_t work_owners(const Call *call, const Object *object) {
        size_t n = owners_count(call);

        return 1 + OWNER_STEPS * (object->n_holds < n ? object->n_holds : n);
}

static int rwlock_owners(Call *call, Object *object) {
        const RWLock *lock = (RWLock *)object;
        CLEANUP(json_putp) struct json_object *owners = json_object_new_array();

        if (!owners)
                return -ENOMEM;
        LIST_FOREACH (node, &object->holds) {
                if (json_object_array_length(owners) == owners_count(call))
                        break;
                work_count(call->core, OWNER_STEPS);
                if (json_push(owners, hold_describe(LIST_ENTRY(node, Hold, by_object))) < 0)
                        return -ENOMEM;
        }
        if (lock->owner.is_orphaned) {
                CLEANUP(json_putp)
                struct json_object *dead = owner_describe_victim(&lock->owner, call->core);
                if (!dead || json_put_bool(dead, "dead", true) < 0 ||
                    json_push(owners, TAKE_PTR(dead)) < 0)
                        return -ENOMEM;
        }
        return call_return_json(call, TAKE_PTR(owners));
}

static int rwlock_recover(Call *call, Object *object) {
        return owner_recover(call, &((RWLock *)object)->owner);
}

static int get_policy(const Object *object, struct json_object **ret) {
        return owner_get_policy(&((const RWLock *)object)->owner, ret);
}

static const Arg open_args[] = {OWNER_POLICY_ARG(get_policy), {0}};
static const Arg owners_args[] = {
        {.name = "count",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .minimum = 1,
         .maximum = 1000,
         .fallback = "100",
         .help = "the most readers to return; object.stat returns their number"},
        {0},
};
static const Arg acquire_args[] = {TIMEOUT_ARG, {0}};

static const Method methods[] = {
        {.name = "acquire_read",
         .run = rwlock_acquire_read,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = acquire_args,
         .result = owner_grant_schema,
         .help = "wait for the lock and share it with other readers"},
        {.name = "acquire_write",
         .run = rwlock_acquire_write,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = acquire_args,
         .result = owner_grant_schema,
         .help = "wait for the lock and take it alone; a reader upgrades"},
        {.name = "release",
         .run = rwlock_release,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_GIVES_BACK,
         .result = NULL_SCHEMA,
         .help = "release what was acquired last"},
        {.name = "downgrade",
         .run = rwlock_downgrade,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_GIVES_BACK,
         .result = NULL_SCHEMA,
         .help = "turn a write lock into a read lock; no writer comes in between"},
        {.name = "locked",
         .run = rwlock_locked,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "whether it is held"},
        {.name = "owners",
         .run = rwlock_owners,
         .work = work_owners,
         .args = owners_args,
         .result = ARRAY_SCHEMA,
         .help = "the readers or the writer, and since when"},
        {.name = "recover",
         .run = rwlock_recover,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "make it usable again after its owner died (policy poison)"},
        {0},
};

static void rwlock_save(const Object *object, SnapshotWriter *w) {
        owner_save(&((const RWLock *)object)->owner, w);
}

static int rwlock_load(Object *object, SnapshotRecord *state) {
        RWLock *lock = (RWLock *)object;

        rwlock_init_queue(lock);
        owner_load(&lock->owner, state);
        return state->reader->error;
}

static bool rwlock_set_mode(Hold *hold, const char *mode) {
        bool is_read = mode && strcmp(mode, mode_read) == 0;

        hold->mode = is_read ? mode_read : mode_write;
        return is_read || (mode && strcmp(mode, mode_write) == 0);
}

const Type type_rwlock = {
        .name = "rwlock",
        .help = "shared by readers, or held by one writer; writers are not starved",
        .size = sizeof(RWLock),
        .open_args = open_args,
        .init = rwlock_init,
        .save = rwlock_save,
        .load = rwlock_load,
        .set_mode = rwlock_set_mode,
        .describe = rwlock_describe,
        .owner_gone = rwlock_owner_gone,
        .weigh = rwlock_weigh,
        .tolerance = rwlock_tolerance,
        .gives_more_at_once = true,
        .grantor = &grantor,
        .watch = rwlock_watch,
        .methods = methods,
};
