/* Timers of objects with `idle_ttl_ms`. idle.h has the model. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "idle.h"
#include "wait/waiter.h"

int idle_restore(Object *object, int64_t ttl_ms, bool is_armed, int64_t due_ns) {
        Idle *idle = calloc(1, sizeof(*idle));

        if (!idle)
                return -ENOMEM;
        idle->object = object;
        idle->ttl_ms = ttl_ms;
        object->idle = idle;
        object_add_structure(object, memory_of(sizeof(*idle)));
        if (is_armed)
                idle_arm(idle, due_ns);
        return 0;
}

int idle_new(Object *object, int64_t ttl_ms) {
        return idle_restore(object, ttl_ms, true, object->core->now_ns + ttl_ms * 1000000);
}

void idle_free(Object *object) {
        Idle *idle = TAKE_PTR(object->idle);

        if (!idle)
                return;
        idle_turn_off(idle);
        object_drop_structure(object, memory_of(sizeof(*idle)));
        free(idle);
}

static void find_next(Core *core) {
        const TreeNode *node = tree_first(&core->idle);

        core->next_idle_ns = node ? node->key : INT64_MAX;
}

void idle_arm(Idle *idle, int64_t due_ns) {
        Core *core = idle->object->core;

        tree_insert(&core->idle, &idle->by_due, due_ns, (int64_t)idle->object->id);
        if (due_ns < core->next_idle_ns)
                core->next_idle_ns = due_ns;
}

void idle_turn_off(Idle *idle) {
        Core *core = idle->object->core;

        if (!tree_node_is_linked(&idle->by_due))
                return;
        tree_remove(&core->idle, &idle->by_due);
        find_next(core);
}

bool object_is_unused(const Object *object, int64_t ms) {
        return object->core->now_ns - object->used_ns >= ms * 1000000 && !object_is_in_use(object);
}

/* A type has a few queues. The blocker of a queue may be another object. */
static bool is_waited_for(const Object *object) {
        LIST_FOREACH (node, &object->queues)
                if (LIST_ENTRY(node, WaitQueue, in_object)->n_waiters > 0)
                        return true;
        return object->n_waiters > 0 || !list_is_empty(&object->waits);
}

bool object_is_in_use(const Object *object) {
        return object->n_handles > 0 || object->n_holds > 0 || !list_is_empty(&object->ends) ||
               !list_is_empty(&object->reservations) || !list_is_empty(&object->references_in) ||
               is_waited_for(object);
}

void idle_begin(Idle *idle) {
        const Core *core = idle->object->core;

        if (!tree_node_is_linked(&idle->by_due) && !object_is_in_use(idle->object))
                idle_arm(idle, core->now_ns + idle->ttl_ms * 1000000);
}
