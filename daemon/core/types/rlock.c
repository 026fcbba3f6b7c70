/* rlock: a lock that its owner may acquire again. It is free after as many releases. */
#include "types/mutex.h"
#include "types/types.h"

static int rlock_init(Object *object, Call *open) {
        mutex_init((Mutex *)object, object, call_choice(open, 0, OWNER_RELEASE), true);
        return OUTCOME_DONE;
}

static int rlock_load(Object *object, SnapshotRecord *state) {
        return mutex_load_as(object, state, true);
}

const Type type_rlock = {
        .name = "rlock",
        .help = "a recursive lock: its owner may acquire it again, and releases it as often",
        .size = sizeof(Mutex),
        .open_args = mutex_open_args,
        .init = rlock_init,
        .save = mutex_save,
        .load = rlock_load,
        .describe = mutex_describe,
        .owner_gone = mutex_owner_gone,
        .weigh = mutex_weigh,
        .tolerance = mutex_tolerance,
        .gives_more_at_once = true,
        .grantor = &mutex_grantor,
        .watch = mutex_watch,
        .methods = mutex_methods,
};
