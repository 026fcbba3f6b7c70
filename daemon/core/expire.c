/* Deletes unused objects. idle.h has the model. */
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "core-state.h"
#include "expire.h"
#include "idle.h"
#include "registry.h"
#include "work.h"

enum { TIMER_STEPS = 8 };

static void tell(const Object *object) {
        core_tell(object->core, &(News){.kind = NEWS_EXPIRED,
                                        .owner = object->uid,
                                        .object = object->name,
                                        .n_object = strlen(object->name),
                                        .text = object->type->name});
}

/* Deletes the object of a due timer. A use since the timer was armed postpones that; an object in
 * use arms its timer when the use ends. */
static void look(Idle *idle) {
        Object *object = idle->object;
        int64_t due_ns = object->used_ns + idle->ttl_ms * 1000000;

        idle_turn_off(idle);
        if (object_is_in_use(object))
                return;
        if (due_ns > object->core->now_ns)
                idle_arm(idle, due_ns);
        else {
                object->core->stats.n_expired++;
                tell(object);
                object_doom(object);
        }
}

void objects_expire(Core *core) {
        while (idle_is_due(core) && work_is_allowed(core)) {
                work_spend(core, TIMER_STEPS);
                look(CONTAINER_OF(tree_first(&core->idle), Idle, by_due));
        }
}
