/* When an object was last used, and the timer of an object with `idle_ttl_ms`.
 *
 * A call that names an object uses it, once the caller's permission is checked. An object is also
 * in use while a session has it open, holds it, has reserved an item or waits for it, and while a
 * value refers to it. So Object.used_ns is the time of the last call, or the end of the last such
 * use. Listings and object.stat are not uses, and neither are the reads of a session that observes
 * (session.hello), such as a backup.
 *
 *   timer   where                     leaves the state by
 *   armed   Core.idle, by its due     objects_expire() (expire.c) when it is due
 *   off     in no tree                object_let_go(): the last use of the object has ended
 *
 * A call only notes the time, so it costs a store. When a timer is due, it is armed again for the
 * rest of the time, or turned off if the object is in use; otherwise the object is deleted. So an
 * unused object has one timer, and an object in use has none.
 *
 * The times are monotonic, so a step of the wall clock deletes no object. The wall clock counts
 * only between two daemons, in the row of a durable object (stored.c). For a use alone, that row is
 * written only if it is older than IDLE_NOTED_NS. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/tree.h"
#include "change.h"
#include "core-state.h"
#include "object.h"

#define IDLE_NOTED_NS INT64_C(3600000000000)
#define IDLE_TTL_MOST INT64_C(3153600000000) /* ms: 100 years */
#define UNUSED_ARG(text)                                                                           \
        {                                                                                          \
                .name = "unused_ms", .kind = ARG_INT, .optional = true, .bounded = true,           \
                .minimum = 0, .maximum = IDLE_TTL_MOST, .help = text                               \
        }

typedef struct Idle {
        Object *object;
        TreeNode by_due; /* in Core.idle: the time, and the object's id */
        int64_t ttl_ms;
} Idle;

/* Gives a new object a timer. Returns 0 or -ENOMEM. */
int idle_new(Object *object, int64_t ttl_ms);
/* For snapshots: makes a timer that is armed for this time, or off. Returns 0 or -ENOMEM. */
int idle_restore(Object *object, int64_t ttl_ms, bool is_armed, int64_t due_ns);
/* Removes the timer of the object. */
void idle_free(Object *object);
bool object_is_in_use(const Object *object);
/* Returns whether nothing uses the object, and nothing has used it for this time. */
bool object_is_unused(const Object *object, int64_t ms);

void idle_arm(Idle *idle, int64_t due_ns);
void idle_turn_off(Idle *idle);
/* Arms a timer that is off, if nothing uses the object. */
void idle_begin(Idle *idle);
/* Returns whether a timer is due. */
static inline bool idle_is_due(const Core *core) {
        return core->next_idle_ns <= core->now_ns && core->idle.root;
}

/* Called when a call uses the object; see also call_use(). */
static inline void object_use(Object *object) {
        int64_t now_ns = object->core->now_ns;

        object->used_ns = now_ns;
        if (object->durable && now_ns - object->durable->noted_ns >= IDLE_NOTED_NS)
                change_note_use(object->durable);
}

/* Called when a use of the object has ended: a handle, a hold, a wait, a reservation, an end of a
 * pipe, or a reference. */
static inline void object_let_go(Object *object) {
        object->used_ns = object->core->now_ns;
        if (object->idle)
                idle_begin(object->idle);
}
