/* lock: mutual exclusion between sessions. Only the owner may release it, and it may not acquire it
 * twice. A lock made with "owned": false behaves like threading.Lock of Python: any session may
 * release it, and it stays locked when the session that acquired it ends. */
#include <errno.h>

#include "call/call.h"
#include "json/json-util.h"
#include "open.h"
#include "open-options.h"
#include "types/mutex.h"
#include "types/types.h"

enum { INIT_POLICY, INIT_OWNED };

static int lock_init(Object *object, Call *open) {
        Mutex *mutex = (Mutex *)object;
        bool is_owned = call_bool(open, INIT_OWNED, true);

        mutex_init(mutex, object, call_choice(open, INIT_POLICY, OWNER_RELEASE), false);
        mutex->is_unowned = !is_owned;
        if (!is_owned && call_has(open, INIT_POLICY))
                return call_refuse_arg(open, "on_owner_death",
                                       "on_owner_death: a lock with owned false has no owner that "
                                       "could die; leave it out");
        return OUTCOME_DONE;
}

static int get_policy(const Object *object, struct json_object **ret) {
        return ((const Mutex *)object)->is_unowned ? 0 : mutex_get_policy(object, ret);
}

static int get_owned(const Object *object, struct json_object **ret) {
        return present_bool(!((const Mutex *)object)->is_unowned, ret);
}

static const Arg open_args[] = {
        [INIT_POLICY] = OWNER_POLICY_ARG(get_policy),
        [INIT_OWNED] = {.name = "owned",
                        .kind = ARG_BOOL,
                        .optional = true,
                        .fallback = "true",
                        .role = OPEN_FOR_GOOD,
                        .get_present = get_owned,
                        .help = "it belongs to the session that acquired it; false: any session "
                                "may release it, and it stays locked when that session ends"},
        {0},
};

static int lock_load(Object *object, SnapshotRecord *state) {
        return mutex_load_as(object, state, false);
}

const Type type_lock = {
        .name = "lock",
        .help = "mutual exclusion: fair, owned, and freed when its owner dies",
        .size = sizeof(Mutex),
        .open_args = open_args,
        .init = lock_init,
        .save = mutex_save,
        .load = lock_load,
        .describe = mutex_describe,
        .owner_gone = mutex_owner_gone,
        .weigh = mutex_weigh,
        .tolerance = mutex_tolerance,
        .grantor = &mutex_grantor,
        .watch = mutex_watch,
        .methods = mutex_methods,
};
