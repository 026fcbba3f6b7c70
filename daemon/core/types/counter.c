/* counter: a 64-bit integer with atomic steps, optional bounds, and waiting for a value. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "change.h"
#include "json/json-util.h"
#include "object.h"
#include "open-options.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/types.h"
#include "wait/park.h"
#include "wait/wait.h"

typedef enum Op { OP_GE, OP_LE, OP_EQ, N_OPS } Op;

static const char *const wait_ops[] = {[OP_GE] = ">=", [OP_LE] = "<=", [OP_EQ] = "==", NULL};

typedef struct Counter {
        Object object;
        int64_t value, minimum, maximum;
        /* One queue for each operator. The level of a waiter is its number, so waiters whose number
         * was crossed are found without a look at the others. */
        WaitQueue waiters[N_OPS];
} Counter;

enum { INIT_VALUE, INIT_MINIMUM, INIT_MAXIMUM };

static int counter_refuse_range(Call *call, const Counter *c) {
        if (c->minimum == INT64_MIN && c->maximum == INT64_MAX)
                return call_refuse(call, ERANGE,
                                   "the result does not fit 64 bits; the value stays %lld",
                                   (long long)c->value);
        return call_refuse(call, ERANGE,
                           "the result is not between %lld and %lld; the value stays %lld",
                           (long long)c->minimum, (long long)c->maximum, (long long)c->value);
}

static Levels counter_get_levels(const WaitQueue *queue) {
        const Counter *c = (Counter *)queue->object;

        switch ((Op)(queue - c->waiters)) {
        case OP_GE:
                return LEVELS_UP_TO(c->value);
        case OP_LE:
                return (Levels){c->value, INT64_MAX};
        default:
                return (Levels){c->value, c->value};
        }
}

static void counter_init_queues(Counter *c) {
        for (int op = 0; op < N_OPS; op++) {
                waitqueue_init(&c->waiters[op], &c->object, WAIT_BY_LEVEL);
                c->waiters[op].get_levels = counter_get_levels;
        }
}

static int counter_init(Object *object, Call *open) {
        Counter *c = (Counter *)object;
        int64_t value = call_int(open, INIT_VALUE, 0);

        c->minimum = call_int(open, INIT_MINIMUM, INT64_MIN);
        c->maximum = call_int(open, INIT_MAXIMUM, INT64_MAX);
        counter_init_queues(c);
        if (c->minimum > c->maximum)
                return call_refuse_arg(open, "minimum", "minimum: it is greater than the maximum");
        if (value < c->minimum || value > c->maximum)
                return call_refuse_arg(open, "value", "value: %lld is not between %lld and %lld",
                                       (long long)value, (long long)c->minimum,
                                       (long long)c->maximum);
        c->value = value;
        return OUTCOME_DONE;
}

static int counter_describe(Object *object, struct json_object *into) {
        Counter *c = (Counter *)object;

        if (json_put_int(into, "value", c->value) < 0)
                return -ENOMEM;
        if (c->minimum > INT64_MIN && json_put_int(into, "minimum", c->minimum) < 0)
                return -ENOMEM;
        if (c->maximum < INT64_MAX && json_put_int(into, "maximum", c->maximum) < 0)
                return -ENOMEM;
        return 0;
}

static int counter_store(Call *call, Counter *c, int64_t value) {
        if (value < c->minimum || value > c->maximum)
                return counter_refuse_range(call, c);
        for (int op = 0; op < N_OPS && value != c->value; op++)
                waitqueue_signal(&c->waiters[op]);
        c->value = value;
        change_report(&c->object, 0, 0);
        return OUTCOME_DONE;
}

static int counter_get(Call *call, Object *object) {
        return call_return_int(call, ((Counter *)object)->value);
}

static int counter_set(Call *call, Object *object) {
        int r = counter_store(call, (Counter *)object, call_int(call, 0, 0));

        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

static int counter_add(Call *call, Object *object) {
        Counter *c = (Counter *)object;
        int64_t sum;

        if (__builtin_add_overflow(c->value, call_int(call, 0, 1), &sum))
                return counter_refuse_range(call, c);
        int r = counter_store(call, c, sum);
        return r == OUTCOME_DONE ? call_return_int(call, sum) : r;
}

static int counter_cas(Call *call, Object *object) {
        Counter *c = (Counter *)object;

        if (c->value != call_int(call, 0, 0))
                return call_return_bool(call, false);
        int r = counter_store(call, c, call_int(call, 1, 0));
        return r == OUTCOME_DONE ? call_return_bool(call, true) : r;
}

static bool counter_satisfies(const Counter *c, int op, int64_t value) {
        switch (op) {
        case OP_GE:
                return c->value >= value;
        case OP_LE:
                return c->value <= value;
        default:
                return c->value == value;
        }
}

static int counter_wait(Call *call, Object *object) {
        Counter *c = (Counter *)object;
        int op = call_choice(call, 0, OP_GE);
        int64_t value = call_int(call, 1, 0);

        if (counter_satisfies(c, op, value))
                return call_return_int(call, c->value);
        return call_park_at(call, &(Place){.queue = &c->waiters[op], .level = value});
}

static const char *const watch_keys[] = {"op", "value", NULL};

/* Returns the index of an operator in wait_ops, or N_OPS. */
static int find_op(struct json_object *op) {
        int k = 0;

        while (wait_ops[k] && !json_is_text(op, wait_ops[k]))
                k++;
        return k;
}

static const char *counter_watch_fault(struct json_object *what) {
        int64_t value;

        if (!json_is_whole(json_object_object_get(what, "value"), &value))
                return "a counter takes an 'op' and an integer 'value'";
        return wait_ops[find_op(json_object_object_get(what, "op"))] ? NULL
                                                                     : "'op' is >=, <= or ==";
}

static int counter_watch(Call *call, Object *object, struct json_object *what, Place *place) {
        Counter *c = (Counter *)object;
        int k = find_op(json_object_object_get(what, "op"));
        int64_t value = 0;

        json_is_whole(json_object_object_get(what, "value"), &value);
        place->queue = &c->waiters[k];
        place->level = value;
        return counter_satisfies(c, k, value) ? OUTCOME_DONE : OUTCOME_PARKED;
}

static int get_minimum(const Object *object, struct json_object **ret) {
        const Counter *c = (const Counter *)object;

        return c->minimum > INT64_MIN ? present_int(c->minimum, ret) : 0;
}

static int get_maximum(const Object *object, struct json_object **ret) {
        const Counter *c = (const Counter *)object;

        return c->maximum < INT64_MAX ? present_int(c->maximum, ret) : 0;
}

static const Arg open_args[] = {
        [INIT_VALUE] = {.name = "value",
                        .kind = ARG_INT,
                        .optional = true,
                        .fallback = "0",
                        .role = OPEN_START,
                        .help = "the first value"},
        [INIT_MINIMUM] = {.name = "minimum",
                          .kind = ARG_INT,
                          .optional = true,
                          .role = OPEN_FOR_GOOD,
                          .get_present = get_minimum,
                          .help = "the least value it may have"},
        [INIT_MAXIMUM] = {.name = "maximum",
                          .kind = ARG_INT,
                          .optional = true,
                          .role = OPEN_FOR_GOOD,
                          .get_present = get_maximum,
                          .help = "the greatest value it may have"},
        {0},
};

static const Arg set_args[] = {
        {.name = "value", .kind = ARG_INT, .help = "the new value"},
        {0},
};

static const Arg add_args[] = {
        {.name = "delta",
         .kind = ARG_INT,
         .optional = true,
         .fallback = "1",
         .help = "what to add; may be negative"},
        {0},
};

static const Arg cas_args[] = {
        {.name = "expected", .kind = ARG_INT, .help = "the expected value"},
        {.name = "value", .kind = ARG_INT, .help = "the value to set"},
        {0},
};

static const Arg wait_args[] = {
        {.name = "op",
         .kind = ARG_CHOICE,
         .choices = wait_ops,
         .help = "how to compare with value"},
        {.name = "value", .kind = ARG_INT, .help = "what to wait for"},
        TIMEOUT_ARG,
        {0},
};

static const Method methods[] = {
        {.name = "get",
         .run = counter_get,
         .work = work_constant,
         .result = INTEGER_SCHEMA,
         .help = "the value"},
        {.name = "set",
         .run = counter_set,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .args = set_args,
         .result = NULL_SCHEMA,
         .help = "set the value"},
        {.name = "add",
         .run = counter_add,
         .work = work_constant,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = add_args,
         .result = INTEGER_SCHEMA,
         .help = "add to it and return the new value"},
        {.name = "cas",
         .run = counter_cas,
         .work = work_constant,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = cas_args,
         .result = BOOLEAN_SCHEMA,
         .help = "set it if it has the expected value, and return whether it had"},
        {.name = "wait",
         .run = counter_wait,
         .work = work_constant,
         .flags = METHOD_BLOCKS,
         .args = wait_args,
         .result = INTEGER_SCHEMA,
         .help = "wait until it is >=, <= or == a value, and return its value then"},
        {0},
};

static void counter_save(const Object *object, SnapshotWriter *w) {
        const Counter *c = (const Counter *)object;

        snapshot_put_int(w, "value", c->value);
        snapshot_put_int(w, "minimum", c->minimum);
        snapshot_put_int(w, "maximum", c->maximum);
}

static int counter_load(Object *object, SnapshotRecord *state) {
        Counter *c = (Counter *)object;

        counter_init_queues(c);
        c->value = snapshot_get_int(state, "value");
        c->minimum = snapshot_get_int(state, "minimum");
        c->maximum = snapshot_get_int(state, "maximum");
        return state->reader->error;
}

const Type type_counter = {
        .name = "counter",
        .help = "a 64-bit integer with atomic steps, bounds, and waiting for a value",
        .size = sizeof(Counter),
        .open_args = open_args,
        .init = counter_init,
        .save = counter_save,
        .can_be_durable = true,
        .load = counter_load,
        .describe = counter_describe,
        .watch = counter_watch,
        .watch_keys = watch_keys,
        .watch_fault = counter_watch_fault,
        .methods = methods,
};
