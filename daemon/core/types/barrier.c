/* barrier: blocks callers until N parties have arrived, and then lets all of them continue. Each
 * receives an index of its own; the next generation may begin at once.
 *
 *   state     a new wait                           leaves the state by
 *   filling   parks; the N-th releases all         a party that gives up, an abort or a reset:
 *                                                  all waiters get EPIPE
 *   broken    EPIPE                                reset
 *
 * A party gives up when its timeout expires, when it cancels its call, or when it dies. The error
 * of the others names the cause and the session. A call with timeout 0 is refused with EAGAIN
 * before it is a party, so it breaks nothing.
 *
 * A released party may still wait to be served when the next generation begins. So each parked call
 * carries its own fate (Call.phase), and does not depend on the state of the barrier.
 *
 * Must never happen: a party returns as if all had arrived although one of them had died; a barrier
 * that breaks or fills leaves a waiter behind. */
#include <errno.h>

#include "call/call.h"
#include "call/call-work.h"
#include "json/json-util.h"
#include "object.h"
#include "open-options.h"
#include "session.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/types.h"
#include "wait/park.h"
#include "wait/serve.h"
#include "wait/wait.h"
#include "who.h"

/* Call.phase of a parked call; Call.saved is its index. */
enum { PARTY_WAITS, PARTY_GOES_ON, PARTY_BROKE };

typedef enum BreakCause {
        BREAK_TIMEOUT,
        BREAK_CANCEL,
        BREAK_DEATH,
        BREAK_ABORT,
        BREAK_RESET,
} BreakCause;

static const char *const cause_names[] = {
        [BREAK_TIMEOUT] = "timeout", [BREAK_CANCEL] = "cancelled", [BREAK_DEATH] = "died",
        [BREAK_ABORT] = "abort",     [BREAK_RESET] = "reset",      NULL};

static const char *const cause_texts[] = {[BREAK_TIMEOUT] = "timed out",
                                          [BREAK_CANCEL] = "cancelled its call",
                                          [BREAK_DEATH] = "died",
                                          [BREAK_ABORT] = "aborted it",
                                          [BREAK_RESET] = "reset it"};

typedef struct Barrier {
        Object object;
        int64_t n_parties, n_waiting;
        bool is_broken;
        BreakCause cause; /* why it was broken last */
        Who breaker;
        /* "why" and "by" for the errors of all waiters; NULL if memory ran out */
        struct json_object *broken_data;
        WaitQueue waiters;
} Barrier;

static int barrier_init(Object *object, Call *open) {
        Barrier *b = (Barrier *)object;

        b->n_parties = call_int(open, 0, 0);
        waitqueue_init(&b->waiters, object, WAIT_ANY);
        if (b->n_parties == 0)
                return call_refuse_arg(open, "parties",
                                       "parties: a new barrier needs the number of its parties");
        return OUTCOME_DONE;
}

static void barrier_deinit(Object *object) {
        json_object_put(((Barrier *)object)->broken_data);
}

/* Describes the session that broke it. */
static struct json_object *barrier_describe_breaker(const Barrier *b) {
        CLEANUP(json_putp) struct json_object *by = json_object_new_object();

        if (!by || who_describe(&b->breaker, by) < 0)
                return NULL;
        return TAKE_PTR(by);
}

static int barrier_describe(Object *object, struct json_object *into) {
        const Barrier *b = (Barrier *)object;

        if (json_put_int(into, "parties", b->n_parties) < 0 ||
            json_put_int(into, "waiting", b->n_waiting) < 0 ||
            json_put_bool(into, "broken", b->is_broken) < 0)
                return -ENOMEM;
        if (b->is_broken && (json_put_string(into, "why", cause_names[b->cause]) < 0 ||
                             json_put(into, "by", barrier_describe_breaker(b)) < 0))
                return -ENOMEM;
        return 0;
}

/* Ends the wait of all waiters, each with this phase. */
static void barrier_let_go(Barrier *b, unsigned phase) {
        LIST_FOREACH (node, &b->waiters.waiters) {
                Call *call = wait_call(LIST_ENTRY(node, Waiter, in_queue)->wait);
                if (call->phase == PARTY_WAITS)
                        call->phase = (uint8_t)phase;
        }
        b->n_waiting = 0;
        waitqueue_signal(&b->waiters);
}

static struct json_object *barrier_make_data(const Barrier *b) {
        CLEANUP(json_putp) struct json_object *data = json_object_new_object();

        if (!data || json_put_string(data, "why", cause_names[b->cause]) < 0 ||
            json_put(data, "by", barrier_describe_breaker(b)) < 0)
                return NULL;
        return TAKE_PTR(data);
}

static void barrier_break(Barrier *b, BreakCause cause, const Session *by) {
        b->is_broken = true;
        b->cause = cause;
        who_set(&b->breaker, by);
        json_object_put(TAKE_PTR(b->broken_data));
        barrier_let_go(b, PARTY_BROKE);
}

static int barrier_refuse(Call *call, Barrier *b) {
        call_refuse(call, EPIPE, "the barrier is broken: %s %s", who_text(&b->breaker),
                    cause_texts[b->cause]);
        if (!b->broken_data)
                b->broken_data = barrier_make_data(b);
        call_share_data(call, b->broken_data);
        return OUTCOME_REFUSED;
}

static int barrier_wait_more(Call *call, Barrier *b) {
        switch (call->phase) {
        case PARTY_GOES_ON:
                return call_return_int(call, (int64_t)call->saved);
        case PARTY_BROKE:
                return barrier_refuse(call, b);
        default:
                return call_park(call, &b->waiters);
        }
}

/* Called before the last party completes the barrier: N - 1 living parties must not continue as if
 * all N had arrived. */
static void barrier_drop_the_dead(Barrier *b) {
        LIST_FOREACH (node, &b->waiters.waiters) {
                Wait *wait = LIST_ENTRY(node, Waiter, in_queue)->wait;
                if (session_is_alive(wait_call(wait)->session))
                        continue;
                wait_end(wait, WAIT_END_SESSION_GONE);
                return; /* it is broken now */
        }
}

static int barrier_wait(Call *call, Object *object) {
        Barrier *b = (Barrier *)object;

        if (call->is_parked)
                return barrier_wait_more(call, b);
        if (!b->is_broken && b->n_waiting + 1 == b->n_parties)
                barrier_drop_the_dead(b);
        if (b->is_broken)
                return barrier_refuse(call, b);
        if (b->n_waiting + 1 == b->n_parties) {
                call_return_int(call, b->n_waiting);
                barrier_let_go(b, PARTY_GOES_ON);
                return OUTCOME_DONE;
        }
        call->saved = (uint64_t)b->n_waiting;
        int r = call_park(call, &b->waiters);
        if (r == OUTCOME_PARKED)
                b->n_waiting++;
        return r;
}

static int barrier_give_up(Call *call, Object *object, WaitEnd why) {
        static const struct {
                bool breaks;
                BreakCause cause;
        } ends[] = {
                [WAIT_END_TIMED_OUT] = {true, BREAK_TIMEOUT},
                [WAIT_END_CANCELLED] = {true, BREAK_CANCEL},
                [WAIT_END_SESSION_GONE] = {true, BREAK_DEATH},
                [WAIT_END_OBJECT_GONE] = {false, 0},
                [WAIT_END_SHUTDOWN] = {false, 0},
                [WAIT_END_DEADLOCK] = {false, 0}, /* never happens: a barrier has no owner */
        };

        if (call->phase == PARTY_WAITS && ends[why].breaks)
                barrier_break((Barrier *)object, ends[why].cause, call->session);
        return OUTCOME_DONE;
}

static int barrier_reset(Call *call, Object *object) {
        Barrier *b = (Barrier *)object;

        if (b->n_waiting > 0)
                barrier_break(b, BREAK_RESET, call->session);
        b->is_broken = false;
        return call_return_null(call);
}

static int barrier_abort(Call *call, Object *object) {
        barrier_break((Barrier *)object, BREAK_ABORT, call->session);
        return call_return_null(call);
}

static int barrier_parties(Call *call, Object *object) {
        return call_return_int(call, ((Barrier *)object)->n_parties);
}

static int barrier_waiting(Call *call, Object *object) {
        return call_return_int(call, ((Barrier *)object)->n_waiting);
}

static int barrier_broken(Call *call, Object *object) {
        return call_return_bool(call, ((Barrier *)object)->is_broken);
}

static int get_parties(const Object *object, struct json_object **ret) {
        return present_int((int64_t)((const Barrier *)object)->n_parties, ret);
}

static const Arg open_args[] = {
        {.name = "parties",
         .kind = ARG_INT,
         .optional = true, /* required only for a new one */
         .bounded = true,
         .minimum = 1,
         .maximum = INT32_MAX,
         .role = OPEN_FOR_GOOD,
         .get_present = get_parties,
         .help = "the number of parties; required for a new barrier"},
        {0},
};

static const Arg wait_args[] = {TIMEOUT_ARG, {0}};

static const Method methods[] = {
        {.name = "wait",
         .run = barrier_wait,
         .work = work_constant,
         .give_up = barrier_give_up,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = wait_args,
         .result = INTEGER_SCHEMA,
         .help = "wait for all parties; returns an index from 0, one for each party"},
        {.name = "reset",
         .run = barrier_reset,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "make it usable again; calls that wait get EPIPE"},
        {.name = "abort",
         .run = barrier_abort,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "break it: calls that wait, and all later ones until a reset, get EPIPE"},
        {.name = "parties",
         .run = barrier_parties,
         .work = work_constant,
         .result = INTEGER_SCHEMA,
         .help = "the number of parties"},
        {.name = "waiting",
         .run = barrier_waiting,
         .work = work_constant,
         .result = INTEGER_SCHEMA,
         .help = "the number of parties that wait now"},
        {.name = "broken",
         .run = barrier_broken,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "whether it is broken"},
        {0},
};

static void barrier_save(const Object *object, SnapshotWriter *w) {
        const Barrier *b = (const Barrier *)object;

        snapshot_put_int(w, "parties", b->n_parties);
        snapshot_put_int(w, "waiting", b->n_waiting);
        snapshot_put_bool(w, "broken", b->is_broken);
        snapshot_put_string(w, "why", cause_names[b->cause]);
        who_save(&b->breaker, w, "by");
}

static int barrier_load(Object *object, SnapshotRecord *state) {
        Barrier *b = (Barrier *)object;

        waitqueue_init(&b->waiters, object, WAIT_ANY);
        b->n_parties = snapshot_get_range(state, "parties", 1, INT32_MAX);
        b->n_waiting = snapshot_get_range(state, "waiting", 0, b->n_parties - 1);
        b->is_broken = snapshot_get_bool(state, "broken");
        b->cause = (BreakCause)snapshot_get_choice(state, "why", cause_names);
        who_load(&b->breaker, state, "by");
        return state->reader->error;
}

const Type type_barrier = {
        .name = "barrier",
        .help = "blocks callers until a number of parties have arrived",
        .size = sizeof(Barrier),
        .open_args = open_args,
        .init = barrier_init,
        .save = barrier_save,
        .load = barrier_load,
        .deinit = barrier_deinit,
        .describe = barrier_describe,
        .methods = methods,
};
