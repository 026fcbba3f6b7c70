/* queue: put and put_many. A call puts all of its values or none.
 *
 * In a fifo queue all values are stored and charged first, and then appended as entries (ready.h).
 * In other orders all items are made and charged first, then added, where a comparison may fail.
 * Getters are woken last. A failure at any point removes the added items and frees all
 * (puts_undo()), and no getter has seen them. */
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

enum {
        PUT_STEPS = 6,
        PUT_STEPS_A_LEVEL = 2,
        /* for compared values, which may be far away in memory */
        PUT_STEPS_A_VALUE = 3,
};

/* The items that one call puts: one value, or each element of an array. */
typedef struct Puts {
        Call *call;
        bool is_many; /* an array */
        size_t n;
        Item **items;  /* NULL in a fifo queue */
        Value *values; /* NULL in other queues */
        size_t n_made, n_added;
} Puts;

static void puts_undo(Puts *puts, Queue *q) {
        for (size_t i = 0; i < puts->n_added; i++)
                items_remove(&q->ready.tree, puts->items[i]);
        for (size_t i = 0; i < puts->n_made; i++)
                queue_drop(q, puts->items[i]);
}

static int make_item(Call *call, Queue *q, const Value *value, Item **ret) {
        CLEANUP(freep) Item *item = calloc(1, sizeof(*item));
        if (!item)
                return -ENOMEM;
        int r = value_charge(call, &q->object, memory_of(sizeof(*item)));
        if (r != OUTCOME_DONE)
                return r;
        r = value_store(call, &q->object, value, &item->value);
        if (r != OUTCOME_DONE) {
                value_release(&q->object, memory_of(sizeof(*item)));
                return r;
        }
        item->rank = queue_next_rank(q);
        *ret = TAKE_PTR(item);
        return OUTCOME_DONE;
}

static int add_item(Call *call, Queue *q, Item *item) {
        int r = items_check(&q->reserved, item);

        if (r == 0)
                r = items_add(&q->ready.tree, item);
        if (r == -EDOM)
                return call_refuse(
                        call, EINVAL,
                        "the value cannot be compared with those in this priority queue: values of "
                        "different kinds, objects and nulls have no order");
        return r;
}

/* A value that fits into a request may exceed an answer, which has members around it. No call could
 * get it then. */
static int check_size(Call *call, const Value *value) {
        AnswerRoom room = answer_room_of_message(call->core);

        if (answer_room_take_value(&room, value, 0))
                return OUTCOME_DONE;
        return call_refuse(call, EMSGSIZE, "the value is too large: no reply could hold it");
}

/* Returns the steps of one put among n items: it is compared with those on the way to its place. */
static uint64_t put_steps(const Queue *q, size_t n) {
        uint64_t n_a_level = q->order == QUEUE_PRIORITY ? PUT_STEPS_A_VALUE : PUT_STEPS_A_LEVEL;

        return PUT_STEPS + n_a_level * work_log2(ready_n(&q->ready) + n);
}

uint64_t queue_work_put(const Call *call, const Object *object) {
        const Queue *q = (const Queue *)object;
        bool is_many = call->ref->method->run == queue_put_many;
        size_t n = is_many ? call_length(call, 0) : 1;

        return work_plus(work_store(call, object), work_times(n, put_steps(q, n)));
}

/* Makes an item, or in a fifo queue the value of an entry. */
static int make_next(Puts *puts, Queue *q, const Value *value) {
        int r = check_size(puts->call, value);

        if (r == OUTCOME_DONE && puts->values)
                r = value_store(puts->call, &q->object, value, &puts->values[puts->n_made]);
        else if (r == OUTCOME_DONE)
                r = make_item(puts->call, q, value, &puts->items[puts->n_made]);
        puts->n_made += r == OUTCOME_DONE;
        return r;
}

static int make_items(Puts *puts, Queue *q) {
        JsonCursor cursor;
        JsonSpan span;
        int r = OUTCOME_DONE;

        if (!puts->is_many)
                return make_next(puts, q, call_value(puts->call, 0));
        call_cursor(puts->call, 0, &cursor);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, NULL, &span)) {
                CLEANUP(value_deinit) Value value = VALUE_NULL;
                r = value_make(&span, &value);
                if (r == 0)
                        r = make_next(puts, q, &value);
        }
        return r;
}

/* fifo: all values are stored before the first entry is appended. */
static int puts_append(Puts *puts, Queue *q) {
        int r = ready_reserve(&q->ready, puts->n);

        if (r == 0)
                r = value_charge(puts->call, &q->object, puts->n * READY_ENTRY_COST);
        if (r == OUTCOME_DONE) {
                r = make_items(puts, q);
                if (r != OUTCOME_DONE)
                        value_release(&q->object, puts->n * READY_ENTRY_COST);
        }
        if (r != OUTCOME_DONE) {
                while (puts->n_made > 0)
                        value_drop(&q->object, &puts->values[--puts->n_made]);
                ready_trim(&q->ready);
                return r;
        }
        for (size_t i = 0; i < puts->n; i++) {
                uint64_t rank = queue_next_rank(q);
                ready_append(&q->ready, rank, puts->values[i]);
                queue_note_appended(q, rank);
        }
        return OUTCOME_DONE;
}

/* Other orders: the places of the items are found by comparing them. */
static int puts_insert(Puts *puts, Queue *q) {
        int r = make_items(puts, q);

        for (; r == OUTCOME_DONE && puts->n_added < puts->n; puts->n_added++) {
                r = add_item(puts->call, q, puts->items[puts->n_added]);
                if (r != OUTCOME_DONE)
                        break;
        }
        if (r != OUTCOME_DONE) {
                puts_undo(puts, q);
                return r;
        }
        for (size_t i = 0; i < puts->n; i++)
                queue_note_put(q, puts->items[i]);
        return OUTCOME_DONE;
}

static int puts_run(Puts *puts, Queue *q) {
        work_count(q->object.core, puts->n * put_steps(q, puts->n));

        int r = queue_reserve_changes(q, puts->n, 0);
        if (r == OUTCOME_DONE)
                r = puts->values ? puts_append(puts, q) : puts_insert(puts, q);
        if (r != OUTCOME_DONE)
                return r;
        q->n_unfinished += puts->n;
        waitqueue_signal(&q->getters);
        return call_return_null(puts->call);
}

static bool has_room(const Queue *q, size_t n) {
        uint64_t most = q->maxsize && q->maxsize < READY_MAX ? q->maxsize : READY_MAX;

        return ready_n(&q->ready) + q->reserved.n + n <= most;
}

/* Returns OUTCOME_DONE if n values can be put now. */
static int await_room(Call *call, Queue *q, size_t n) {
        if (q->is_closed)
                return call_refuse(call, ESHUTDOWN, "the queue is closed");
        if (q->maxsize && n > q->maxsize)
                return call_refuse_arg(call, "values",
                                       "values: %zu items never fit into a queue of maxsize %llu",
                                       n, (unsigned long long)q->maxsize);
        if (!has_room(q, n) || !call_has_turn(call, &q->putters))
                return call_park(call, &q->putters);
        return OUTCOME_DONE;
}

int queue_put(Call *call, Object *object) {
        Queue *q = (Queue *)object;
        Item *item;
        Value value;
        Puts puts = {.call = call, .n = 1};

        int r = await_room(call, q, 1);
        if (q->order == QUEUE_FIFO)
                puts.values = &value;
        else
                puts.items = &item;
        return r == OUTCOME_DONE ? puts_run(&puts, q) : r;
}

int queue_put_many(Call *call, Object *object) {
        Queue *q = (Queue *)object;
        Puts puts = {.call = call, .is_many = true, .n = call_length(call, 0)};

        int r = await_room(call, q, puts.n);
        if (r != OUTCOME_DONE)
                return r;
        CLEANUP(freep) void *made = calloc(puts.n + 1, sizeof(Value));
        if (!made)
                return -ENOMEM;
        if (q->order == QUEUE_FIFO)
                puts.values = made;
        else
                puts.items = made;
        return puts_run(&puts, q);
}
