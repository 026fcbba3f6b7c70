/* lock: mutual exclusion between sessions. Its owner alone may release it, and may not acquire it twice. */
#include "types/mutex.h"
#include "types/types.h"

static int lock_init(Object *object, Call *open) {
        mutex_init((Mutex *)object, object, call_choice(open, 0, OWNER_RELEASE), false);
        return OUTCOME_DONE;
}

const Type type_lock = {
        .name = "lock",
        .help = "mutual exclusion: fair, owned, and freed when its owner dies",
        .size = sizeof(Mutex),
        .open_args = mutex_open_args,
        .init = lock_init,
        .describe = mutex_describe,
        .owner_gone = mutex_owner_gone,
        .is_obstructed = mutex_is_obstructed,
        .grantor = &mutex_grantor,
        .watch = mutex_watch,
        .methods = mutex_methods,
};
