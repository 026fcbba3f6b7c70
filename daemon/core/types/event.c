/* event: a flag to wait for. */
#include <errno.h>

#include "call/call.h"
#include "call/call-work.h"
#include "json/json-util.h"
#include "object.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/types.h"
#include "wait/park.h"
#include "wait/wait.h"

typedef struct Event {
        Object object;
        bool is_set;
        uint64_t n_sets; /* how often the flag was set */
        WaitQueue waiters;
} Event;

/* The level of a waiter is the number of sets before its wait began. So waiters that were present
 * at a set continue, even if the flag was cleared before they are served. */
static Levels event_get_levels(const WaitQueue *queue) {
        const Event *event = (Event *)queue->object;

        return event->is_set ? LEVELS_ALL : LEVELS_UP_TO((int64_t)event->n_sets - 1);
}

static int event_init(Object *object, Call *open) {
        WaitQueue *waiters = &((Event *)object)->waiters;

        waitqueue_init(waiters, object, WAIT_BY_AGE);
        waiters->get_levels = event_get_levels;
        return OUTCOME_DONE;
}

static int event_describe(Object *object, struct json_object *into) {
        return json_put_bool(into, "set", ((Event *)object)->is_set);
}

static int event_set(Call *call, Object *object) {
        Event *event = (Event *)object;

        event->is_set = true;
        event->n_sets++;
        waitqueue_signal(&event->waiters);
        return call_return_null(call);
}

static int event_clear(Call *call, Object *object) {
        ((Event *)object)->is_set = false;
        return call_return_null(call);
}

static int event_is_set(Call *call, Object *object) {
        return call_return_bool(call, ((Event *)object)->is_set);
}

static int event_wait(Call *call, Object *object) {
        Event *event = (Event *)object;
        Place place = {.queue = &event->waiters, .level = (int64_t)event->n_sets};

        if (event->is_set || call_was_released(call, &event->waiters))
                return call_return_bool(call, true);
        return call_park_at(call, &place);
}

static int event_watch(Call *call, Object *object, struct json_object *what, Place *place) {
        Event *event = (Event *)object;

        place->queue = &event->waiters;
        place->level = (int64_t)event->n_sets;
        return event->is_set || call_was_released(call, &event->waiters) ? OUTCOME_DONE
                                                                         : OUTCOME_PARKED;
}

static const Arg wait_args[] = {TIMEOUT_ARG, {0}};

static const Method methods[] = {
        {.name = "set",
         .run = event_set,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "set the flag and wake all waiters"},
        {.name = "clear",
         .run = event_clear,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "clear the flag"},
        {.name = "is_set",
         .run = event_is_set,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "whether it is set"},
        {.name = "wait",
         .run = event_wait,
         .work = work_constant,
         .flags = METHOD_BLOCKS,
         .args = wait_args,
         .result = BOOLEAN_SCHEMA,
         .help = "wait until it is set; returns true"},
        {0},
};

static void event_save(const Object *object, SnapshotWriter *w) {
        const Event *event = (const Event *)object;

        snapshot_put_bool(w, "set", event->is_set);
        snapshot_put_uint(w, "sets", event->n_sets);
}

static int event_load(Object *object, SnapshotRecord *state) {
        Event *event = (Event *)object;

        event_init(object, NULL);
        event->is_set = snapshot_get_bool(state, "set");
        event->n_sets = (uint64_t)snapshot_get_range(state, "sets", 0, INT64_MAX);
        return state->reader->error;
}

const Type type_event = {
        .name = "event",
        .help = "a flag to wait for",
        .size = sizeof(Event),
        .init = event_init,
        .save = event_save,
        .load = event_load,
        .describe = event_describe,
        .watch = event_watch,
        .methods = methods,
};
