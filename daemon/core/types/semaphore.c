/* semaphore: a number of permits. A call for many permits is not overtaken by calls for few.
 *
 *             taken permits are              released by                  above the first value
 *   plain     only counted                   any session: it is a signal  allowed
 *   bounded   only counted                   any session                  EOVERFLOW
 *   owned     a Hold of the session;         the session that has them    cannot happen
 *             released when it ends
 *
 * Only owned permits have holders, so only waits for them can be part of a deadlock: any session
 * might release a plain semaphore.
 *
 * Must never happen: the free permits of an owned semaphore and those of all holds do not sum up to
 * the first value (semaphore_check_links() asserts it). */
#include <errno.h>

#include "call/call.h"
#include "call/call-work.h"
#include "json/json-util.h"
#include "object.h"
#include "open.h"
#include "open-options.h"
#include "session.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/types.h"
#include "wait/deadlock.h"
#include "wait/grant.h"
#include "wait/wait.h"

typedef struct Semaphore {
        Object object;
        int64_t value, initial;
        bool is_bounded, is_owned;
        WaitQueue waiters;
} Semaphore;

enum { INIT_VALUE, INIT_BOUNDED, INIT_OWNED };

/* The level of a waiter is the number of permits that it asks for. */
static Levels semaphore_get_levels(const WaitQueue *queue) {
        return LEVELS_UP_TO(((Semaphore *)queue->object)->value);
}

static void semaphore_init_queue(Semaphore *s) {
        waitqueue_init(&s->waiters, &s->object, WAIT_IN_ORDER);
        s->waiters.get_levels = semaphore_get_levels;
}

static int semaphore_init(Object *object, Call *open) {
        Semaphore *s = (Semaphore *)object;

        s->value = s->initial = call_int(open, INIT_VALUE, 1);
        s->is_bounded = call_bool(open, INIT_BOUNDED, false);
        s->is_owned = call_bool(open, INIT_OWNED, false);
        semaphore_init_queue(s);
        return OUTCOME_DONE;
}

static int semaphore_describe(Object *object, struct json_object *into) {
        const Semaphore *s = (Semaphore *)object;

        if (json_put_int(into, "value", s->value) < 0 ||
            json_put_int(into, "initial", s->initial) < 0 ||
            json_put_bool(into, "bounded", s->is_bounded) < 0 ||
            json_put_bool(into, "owned", s->is_owned) < 0)
                return -ENOMEM;
        return 0;
}

static void semaphore_owner_gone(Object *object, Hold *hold) {
        Semaphore *s = (Semaphore *)object;

        s->value += (int64_t)hold->n;
        waitqueue_signal(&s->waiters);
}

static uint64_t semaphore_weigh(const Hold *hold) {
        return hold->n;
}

/* A call for n of N permits can be served if the stuck holders have at most N - n: all others are
 * free, or will be released by sessions that are not stuck. */
static uint64_t semaphore_tolerance(const Object *object, const Waiter *waiter, const Hold *own) {
        const Semaphore *s = (const Semaphore *)object;
        uint64_t n = waiter->claim.n, n_all = (uint64_t)s->initial;

        (void)own;
        return n < n_all ? n_all - n : 0;
}

static int semaphore_check(Call *call, Object *object, Place *place) {
        Semaphore *s = (Semaphore *)object;
        uint64_t n = place->claim.n;

        place->queue = &s->waiters;
        place->level = (int64_t)n;
        if ((s->is_bounded || s->is_owned) && n > (uint64_t)s->initial)
                return call_refuse_arg(call, "n", "n: the semaphore has only %lld permits in all",
                                       (long long)s->initial);
        if (n > (uint64_t)s->value || !call_has_turn(call, &s->waiters))
                return OUTCOME_PARKED;
        return OUTCOME_DONE;
}

static int semaphore_prepare(Call *call, Grant *grant) {
        return ((Semaphore *)grant->object)->is_owned ? grant_prepare_hold(call, grant)
                                                      : OUTCOME_DONE;
}

/* A session has one hold on the semaphore, whose n is the sum of all its permits. Taking more may
 * close a cycle with a wait that the session already has, so the hold is unsure. */
static void semaphore_take(Call *call, Grant *grant) {
        Semaphore *s = (Semaphore *)grant->object;

        s->value -= (int64_t)grant->claim.n;
        if (!grant->hold)
                return;
        if (!hold_is_taken(grant->hold))
                grant_hold(grant->hold);
        grant->hold->n += grant->claim.n;
        session_is_unsure(call->session);
}

static const Grantor grantor = {
        .has_number = true,
        .check = semaphore_check,
        .prepare = semaphore_prepare,
        .take = semaphore_take,
};

static int semaphore_watch(Call *call, Object *object, struct json_object *what, Place *place) {
        Semaphore *s = (Semaphore *)object;

        place->queue = &s->waiters;
        place->level = 1;
        if (s->value == 0 || !call_has_turn(call, &s->waiters))
                return OUTCOME_PARKED;
        return OUTCOME_DONE;
}

static int semaphore_acquire(Call *call, Object *object) {
        return grant_run(call, &grantor, object, (Claim){.n = (uint64_t)call_int(call, 0, 1)});
}

/* Takes n permits from the hold of the session. Returns OUTCOME_DONE or OUTCOME_REFUSED. */
static int semaphore_take_from_owner(Call *call, Object *object, int64_t n) {
        Hold *hold = hold_find(call->session, object);
        uint64_t has = hold ? hold->n : 0;

        if (has < (uint64_t)n)
                return call_refuse(call, EPERM,
                                   "this session holds %llu permits, and cannot release %lld",
                                   (unsigned long long)has, (long long)n);
        hold->n -= (uint64_t)n;
        if (hold->n == 0)
                hold_free(hold);
        return OUTCOME_DONE;
}

static int semaphore_release(Call *call, Object *object) {
        Semaphore *s = (Semaphore *)object;
        int64_t n = call_int(call, 0, 1);
        int64_t maximum = s->is_bounded || s->is_owned ? s->initial : INT64_MAX;

        if (s->is_owned) {
                int r = semaphore_take_from_owner(call, object, n);
                if (r != OUTCOME_DONE)
                        return r;
        } else if (n > maximum - s->value) {
                return call_refuse(call, EOVERFLOW,
                                   "released more often than acquired: %lld permits are free "
                                   "already, of at most %lld",
                                   (long long)s->value, (long long)maximum);
        }
        s->value += n;
        waitqueue_signal(&s->waiters);
        return call_return_null(call);
}

static int semaphore_value(Call *call, Object *object) {
        return call_return_int(call, ((Semaphore *)object)->value);
}

static int get_initial(const Object *object, struct json_object **ret) {
        return present_int(((const Semaphore *)object)->initial, ret);
}

static int get_bounded(const Object *object, struct json_object **ret) {
        return present_bool(((const Semaphore *)object)->is_bounded, ret);
}

static int get_owned(const Object *object, struct json_object **ret) {
        return present_bool(((const Semaphore *)object)->is_owned, ret);
}

static const Arg open_args[] = {
        [INIT_VALUE] = {.name = "value",
                        .kind = ARG_INT,
                        .optional = true,
                        .bounded = true,
                        .maximum = INT64_MAX,
                        .fallback = "1",
                        .role = OPEN_FOR_GOOD,
                        .get_present = get_initial,
                        .help = "the number of permits"},
        [INIT_BOUNDED] = {.name = "bounded",
                          .kind = ARG_BOOL,
                          .optional = true,
                          .fallback = "false",
                          .role = OPEN_FOR_GOOD,
                          .get_present = get_bounded,
                          .help = "more permits than the first value are an error"},
        [INIT_OWNED] = {.name = "owned",
                        .kind = ARG_BOOL,
                        .optional = true,
                        .fallback = "false",
                        .role = OPEN_FOR_GOOD,
                        .get_present = get_owned,
                        .help = "permits belong to the session that took them, which alone may "
                                "release them, and come back when it ends"},
        {0},
};

#define PERMITS_ARG                                                                                \
        {                                                                                          \
                .name = "n", .kind = ARG_INT, .optional = true, .bounded = true, .minimum = 1,     \
                .maximum = INT64_MAX, .fallback = "1", .help = "the number of permits"             \
        }

static const Arg acquire_args[] = {PERMITS_ARG, TIMEOUT_ARG, {0}};
static const Arg release_args[] = {PERMITS_ARG, {0}};

static const Method methods[] = {
        {.name = "acquire",
         .run = semaphore_acquire,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_BLOCKS | METHOD_TAKES,
         .args = acquire_args,
         .result = NULL_SCHEMA,
         .help = "wait for n permits and take them, all at once"},
        {.name = "release",
         .run = semaphore_release,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_GIVES_BACK,
         .args = release_args,
         .result = NULL_SCHEMA,
         .help = "release n permits"},
        {.name = "value",
         .run = semaphore_value,
         .work = work_constant,
         .result = INTEGER_SCHEMA,
         .help = "the number of free permits"},
        {0},
};

/* "owned" in the result lets a client know that it loses the permits with its session. */
static int semaphore_open(Call *call, Object *object, bool created, struct json_object *result) {
        if (((Semaphore *)object)->is_owned && json_put_bool(result, "owned", true) < 0)
                return -ENOMEM;
        return open_handle(call, object);
}

static void semaphore_save(const Object *object, SnapshotWriter *w) {
        const Semaphore *s = (const Semaphore *)object;

        snapshot_put_int(w, "value", s->value);
        snapshot_put_int(w, "initial", s->initial);
        snapshot_put_bool(w, "bounded", s->is_bounded);
        snapshot_put_bool(w, "owned", s->is_owned);
}

static int semaphore_load(Object *object, SnapshotRecord *state) {
        Semaphore *s = (Semaphore *)object;

        semaphore_init_queue(s);
        s->value = snapshot_get_range(state, "value", 0, INT64_MAX);
        s->initial = snapshot_get_range(state, "initial", 0, INT64_MAX);
        s->is_bounded = snapshot_get_bool(state, "bounded");
        s->is_owned = snapshot_get_bool(state, "owned");
        if ((s->is_bounded || s->is_owned) && s->value > s->initial)
                snapshot_fail(state->reader, -EBADMSG, "more permits are free than there are");
        return state->reader->error;
}

/* Returns whether held and free permits sum up to the first value. */
static bool semaphore_check_links(const Object *object) {
        const Semaphore *s = (const Semaphore *)object;
        uint64_t n = (uint64_t)s->value;

        LIST_FOREACH (node, &object->holds) {
                const Hold *hold = LIST_ENTRY(node, Hold, by_object);
                if (!s->is_owned || hold->n > (uint64_t)s->initial - n)
                        return false;
                n += hold->n;
        }
        return true;
}

const Type type_semaphore = {
        .name = "semaphore",
        .help = "a number of permits, acquired and released",
        .size = sizeof(Semaphore),
        .open_args = open_args,
        .init = semaphore_init,
        .save = semaphore_save,
        .load = semaphore_load,
        .check_links = semaphore_check_links,
        .open = semaphore_open,
        .describe = semaphore_describe,
        .owner_gone = semaphore_owner_gone,
        .weigh = semaphore_weigh,
        .tolerance = semaphore_tolerance,
        .grantor = &grantor,
        .watch = semaphore_watch,
        .methods = methods,
};
