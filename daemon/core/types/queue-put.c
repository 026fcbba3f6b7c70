/* queue: putting, one value or many, all or none. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "types/queue.h"
#include "types/answer-room.h"
#include "value.h"
#include "wait/park.h"
#include "work.h"

enum { PUT_STEPS = 6, PUT_STEPS_A_LEVEL = 2 };

/* What one call puts: a value, or each element of an array. */
typedef struct Puts {
        Call *call;
        struct json_object *values; /* NULL for one value */
        size_t n;
        Item **items;
        size_t n_made, n_added;
} Puts;

static struct json_object *put_value(const Puts *puts, size_t i) {
        return puts->values ? json_object_array_get_idx(puts->values, i) : call_json(puts->call, 0);
}

static void puts_undo(Puts *puts, Queue *q) {
        for (size_t i = 0; i < puts->n_added; i++)
                items_remove(&q->ready, puts->items[i]);
        for (size_t i = 0; i < puts->n_made; i++)
                queue_drop(q, puts->items[i]);
}

static int make_item(Call *call, Queue *q, struct json_object *value, Item **ret) {
        CLEANUP(freep) Item *item = calloc(1, sizeof(*item));
        if (!item)
                return -ENOMEM;
        int r = value_charge(call, &q->object, memory_of(sizeof(*item)));
        if (r != OUTCOME_DONE)
                return r;
        r = value_store(call, &q->object, value);
        if (r != OUTCOME_DONE) {
                value_release(&q->object, memory_of(sizeof(*item)));
                return r;
        }
        item->value = value;
        item->rank = queue_next_rank(q);
        *ret = TAKE_PTR(item);
        return OUTCOME_DONE;
}

static int add_item(Call *call, Queue *q, Item *item) {
        int r = items_check(&q->reserved, item);

        if (r == 0)
                r = items_add(&q->ready, item);
        if (r == -EDOM)
                return call_refuse(call, EINVAL,
                                   "the value cannot be compared with those in the queue: its "
                                   "order is priority, and there is none between different kinds, "
                                   "objects, or nulls");
        return r;
}

/* Nobody could get a value that does not fit into an answer. */
static int check_sizes(const Puts *puts) {
        for (size_t i = 0; i < puts->n; i++) {
                AnswerRoom room = answer_room_of_message(puts->call->core);
                if (!answer_room_take(&room, put_value(puts, i)))
                        return call_refuse(puts->call, EMSGSIZE,
                                           "the value is too large: an answer could not hold it");
        }
        return OUTCOME_DONE;
}

/* Of putting one of n: it is compared with others on its way to its place. */
static uint64_t put_steps(const Queue *q, size_t n) {
        return PUT_STEPS + PUT_STEPS_A_LEVEL * work_log2(q->ready.n + n);
}

uint64_t queue_work_put(const Call *call, const Object *object) {
        const Queue *q = (const Queue *)object;
        struct json_object *values = call_json(call, 0);
        bool is_many = call->ref->method->run == queue_put_many;
        size_t n = is_many ? json_object_array_length(values) : 1;

        return work_plus(work_store(call, object), work_times(n, put_steps(q, n)));
}

static int puts_run(Puts *puts, Queue *q) {
        int r = check_sizes(puts);

        work_count(q->object.core, puts->n * put_steps(q, puts->n));

        for (; r == OUTCOME_DONE && puts->n_made < puts->n; puts->n_made++) {
                r = make_item(puts->call, q, put_value(puts, puts->n_made),
                              &puts->items[puts->n_made]);
                if (r != OUTCOME_DONE)
                        break;
        }
        for (; r == OUTCOME_DONE && puts->n_added < puts->n; puts->n_added++) {
                r = add_item(puts->call, q, puts->items[puts->n_added]);
                if (r != OUTCOME_DONE)
                        break;
        }
        if (r != OUTCOME_DONE) {
                puts_undo(puts, q);
                return r;
        }
        q->n_unfinished += puts->n;
        waitqueue_signal(&q->getters);
        return call_return_null(puts->call);
}

static bool has_room(const Queue *q, size_t n) {
        return q->maxsize == 0 || q->ready.n + q->reserved.n + n <= q->maxsize;
}

/* Whether n values can be put now: OUTCOME_DONE if so. */
static int await_room(Call *call, Queue *q, size_t n) {
        if (q->is_closed)
                return call_refuse(call, ESHUTDOWN, "the queue is closed");
        if (q->maxsize && n > q->maxsize)
                return call_refuse_arg(call, "values",
                                       "values: %zu can never be in a queue of maxsize %llu", n,
                                       (unsigned long long)q->maxsize);
        if (!has_room(q, n) || !call_has_turn(call, &q->putters))
                return call_park(call, &q->putters);
        return OUTCOME_DONE;
}

int queue_put(Call *call, Object *object) {
        Queue *q = (Queue *)object;
        Item *item;
        Puts puts = {.call = call, .n = 1, .items = &item};

        int r = await_room(call, q, 1);
        return r == OUTCOME_DONE ? puts_run(&puts, q) : r;
}

int queue_put_many(Call *call, Object *object) {
        Queue *q = (Queue *)object;
        Puts puts = {.call = call, .values = call_json(call, 0)};

        puts.n = json_object_array_length(puts.values);
        int r = await_room(call, q, puts.n);
        if (r != OUTCOME_DONE)
                return r;
        CLEANUP(freep) Item **items = calloc(puts.n + 1, sizeof(Item *));
        if (!items)
                return -ENOMEM;
        puts.items = items;
        return puts_run(&puts, q);
}
