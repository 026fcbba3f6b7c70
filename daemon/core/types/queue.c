/* queue: passes items from producers to consumers, in the order fifo, lifo or priority. The calls
 * of each side are served in the order in which they came.
 *
 *   item       is in            leaves the state by
 *   ready      Queue.ready      get: removed; reserve: reserved
 *   reserved   Queue.reserved   ack: removed; nack, end of the session: ready again
 *
 * A reserved item still counts against maxsize, so an item that comes back always fits, and no put
 * must be undone. In a priority queue it also keeps its place in the order: a value put meanwhile
 * must be comparable with it, too (add_item()).
 *
 * A queue has three queues of waiters: getters (woken by items and by close), putters (woken by
 * room and by close), and joiners (woken when nothing is unfinished). As in queue.Queue of Python,
 * put() adds an unfinished task and task_done() removes one; ack() includes task_done().
 *
 * Must never happen: an item leaves the queue before its answer is built, since a failure there
 * would lose it; the place of a reserved item is given to another one. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "call/call.h"
#include "call/call-work.h"
#include "change.h"
#include "core-state.h"
#include "json/json-util.h"
#include "open-options.h"
#include "remains.h"
#include "types/expect.h"
#include "types/queue.h"
#include "types/answer.h"
#include "types/types.h"
#include "value.h"
#include "wait/park.h"
#include "wait/reservation.h"
#include "work.h"

enum { INIT_MAXSIZE, INIT_ORDER };
enum { ITEM_STEPS = 4 }; /* for dropping one, besides its bytes */

const char *const queue_orders[] = {
        [QUEUE_FIFO] = "fifo", [QUEUE_LIFO] = "lifo", [QUEUE_PRIORITY] = "priority", NULL};

/* For waits for one of several objects: whether an item is present, or none will ever come. */
static Levels queue_get_levels(const WaitQueue *getters) {
        const Queue *q = (Queue *)getters->object;

        return ready_n(&q->ready) > 0 || q->is_closed ? LEVELS_ALL : LEVELS_NONE;
}

void queue_init_queues(Queue *q) {
        Object *object = &q->object;

        q->ready.tree.by_value = q->reserved.by_value = q->order == QUEUE_PRIORITY;
        waitqueue_init(&q->getters, object, WAIT_IN_ORDER);
        q->getters.get_levels = queue_get_levels;
        waitqueue_init(&q->putters, object, WAIT_IN_ORDER);
        waitqueue_init(&q->joiners, object, WAIT_ANY);
}

static int queue_init(Object *object, Call *open) {
        Queue *q = (Queue *)object;

        q->maxsize = (uint64_t)call_int(open, INIT_MAXSIZE, 0);
        q->order = call_choice(open, INIT_ORDER, QUEUE_FIFO);
        queue_init_queues(q);
        return OUTCOME_DONE;
}

/* Returns the rank of the next item. The smallest rank comes first, so in a lifo queue ranks count
 * down. */
uint64_t queue_next_rank(Queue *q) {
        uint64_t rank = ++q->last_put;

        return q->order == QUEUE_LIFO ? UINT64_MAX - rank : rank;
}

/* Frees an item whose value was dropped or handed over, and its charge. */
static void item_free(Queue *q, Item *item) {
        value_release(&q->object, memory_of(sizeof(*item)));
        free(item);
}

void queue_drop(Queue *q, Item *item) {
        value_drop(&q->object, &item->value);
        item_free(q, item);
}

void queue_take_entry(Queue *q, Item *item) {
        ReadyPlace place;

        ready_first(&q->ready, &place);
        *item = (Item){.rank = place.rank, .value = *place.value};
        ready_drop_entry(&q->ready);
        value_release(&q->object, READY_ENTRY_COST);
        value_restore_bytes(&q->object, memory_of(sizeof(*item)));
}

/* The remains of a fifo queue are entries when a snapshot was loaded, so its items cost the same. */
size_t queue_remains_cost(const RemainsKind *kind) {
        return kind == &queue_entry_remains ? READY_ENTRY_COST : memory_of(sizeof(Item));
}

static void drop_next(QueueRemains *gone, Object *object) {
        Item *item = gone->next;
        ReadyPlace place;

        if (item) {
                gone->next = items_unravel_next(item);
                value_drop(object, &item->value);
                free(item);
        } else {
                ready_first(&gone->entries, &place);
                value_drop(object, place.value);
                ready_drop_entry(&gone->entries);
        }
        value_release(object, queue_remains_cost(gone->remains.kind));
}

bool queue_remains_drop(Remains *remains) {
        QueueRemains *gone = (QueueRemains *)remains;
        Object *object = remains->object;

        while (gone->next || ready_n(&gone->entries) > 0) {
                uint64_t n_bytes = object->n_bytes;
                if (!work_is_allowed(object->core))
                        return false;
                drop_next(gone, object);
                work_spend(object->core, ITEM_STEPS + work_of_bytes(n_bytes - object->n_bytes));
        }
        pages_deinit(&gone->entries.entries);
        return true;
}

static void queue_clear(Queue *q, Items *items, Ready *entries) {
        const RemainsKind *kind = q->order == QUEUE_FIFO ? &queue_entry_remains : &queue_remains;
        QueueRemains gone = {.remains.kind = kind};

        value_release(&q->object, items->n * (memory_of(sizeof(Item)) - queue_remains_cost(kind)));
        gone.next = items_unravel(items);
        if (entries) {
                gone.entries.entries = entries->entries;
                entries->entries = (Pages){0};
        }
        remains_leave(&q->object, &gone.remains, sizeof(gone));
}

static void queue_clear_ready(Queue *q) {
        queue_clear(q, &q->ready.tree, &q->ready);
}

static void queue_deinit(Object *object) {
        Queue *q = (Queue *)object;

        queue_clear_ready(q);
        queue_clear(q, &q->reserved, NULL);
        free(q->fresh);
}

static size_t queue_length(Object *object) {
        return ready_n(&((Queue *)object)->ready);
}

static int queue_describe(Object *object, struct json_object *into) {
        const Queue *q = (Queue *)object;

        if (json_put_int(into, "size", (int64_t)ready_n(&q->ready)) < 0 ||
            json_put_int(into, "maxsize", (int64_t)q->maxsize) < 0 ||
            json_put_string(into, "order", queue_orders[q->order]) < 0 ||
            json_put_int(into, "unfinished", (int64_t)q->n_unfinished) < 0 ||
            json_put_int(into, "reserved", (int64_t)q->reserved.n) < 0 ||
            json_put_bool(into, "closed", q->is_closed) < 0 ||
            json_put(into, "reserved_by", reservations_describe(object)) < 0)
                return -ENOMEM;
        return 0;
}

/* Stops at 0: a consumer may have called task_done() for an item that it also acknowledges. */
void queue_finish(Queue *q, uint64_t n) {
        q->n_unfinished -= n < q->n_unfinished ? n : q->n_unfinished;
        if (q->n_unfinished == 0)
                waitqueue_signal(&q->joiners);
}

int queue_await_item(Call *call, Queue *q) {
        if (q->is_closed && ready_n(&q->ready) == 0)
                return call_refuse(call, ESHUTDOWN, "the queue is closed and empty");
        if (ready_n(&q->ready) == 0 || !call_has_turn(call, &q->getters))
                return call_park(call, &q->getters);
        return OUTCOME_DONE;
}

/* Removes the first item. The caller owns its value. */
static Value take_first(Call *call, Queue *q) {
        ReadyPlace place;

        ready_first(&q->ready, &place);
        queue_note_gone(q, place.rank);
        Value value = value_drop_to_caller(call, &q->object, place.value);
        if (place.item) {
                items_remove(&q->ready.tree, place.item);
                item_free(q, place.item);
        } else {
                ready_drop_entry(&q->ready);
                value_release(&q->object, READY_ENTRY_COST);
        }
        waitqueue_signal(&q->putters);
        return value;
}

/* Checks that the item fits into an answer, and has the expected kind, before it takes the item
 * out. */
static int queue_get(Call *call, Object *object) {
        Queue *q = (Queue *)object;

        int r = queue_await_item(call, q);
        if (r == OUTCOME_DONE)
                r = answer_room_check(call, ready_first_value(&q->ready));
        if (r == OUTCOME_DONE)
                r = expect_check(call, 1, ready_first_value(&q->ready));
        if (r == OUTCOME_DONE)
                r = queue_reserve_changes(q, 0, 1);
        return r == OUTCOME_DONE ? call_return_value(call, take_first(call, q)) : r;
}

enum { GET_STEPS = 4 };

/* Returns the steps for returning and removing one item. */
static uint64_t get_steps(const Queue *q) {
        return GET_STEPS + work_log2(ready_n(&q->ready) + 1);
}

static uint64_t queue_work_get_many(const Call *call, const Object *object) {
        const Queue *q = (const Queue *)object;
        uint64_t n = (uint64_t)call_int(call, 0, 1);

        n = work_fit(call, n < ready_n(&q->ready) ? n : ready_n(&q->ready), get_steps(q));
        return work_times(n, get_steps(q));
}

/* Adds as many of the first n items to the answer as fit; at least 1, if the first one fits. The
 * items stay in the queue. */
static int gather(Answer *answer, Call *call, Queue *q, int64_t n) {
        ReadyPlace place;
        bool is_left = ready_first(&q->ready, &place);

        n = (int64_t)work_fit(call, (uint64_t)n, get_steps(q));

        int r = answer_room_check(call, place.value);
        for (int64_t i = 0; r == OUTCOME_DONE && i < n && is_left; i++) {
                if (!answer_takes(answer, place.value))
                        break;
                r = answer_put(answer, place.value);
                is_left = ready_next(&q->ready, &place);
        }
        return r;
}

static int queue_get_many(Call *call, Object *object) {
        Queue *q = (Queue *)object;
        Answer answer;

        int r = queue_await_item(call, q);
        if (r != OUTCOME_DONE)
                return r;
        r = answer_begin(&answer, call, "[", 1, "");
        if (r == OUTCOME_DONE)
                r = gather(&answer, call, q, call_int(call, 0, 1));
        if (r == OUTCOME_DONE)
                r = answer_end(&answer, "]");
        if (r == OUTCOME_DONE)
                r = queue_reserve_changes(q, 0, answer.n);
        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, answer.n * get_steps(q));
        for (size_t n = answer.n; n > 0; n--) {
                Value taken = take_first(call, q);
                value_deinit(&taken);
        }
        return r;
}

static int queue_peek(Call *call, Object *object) {
        ReadyPlace place;

        if (!ready_first(&((Queue *)object)->ready, &place))
                return call_refuse(call, ENODATA, "the queue is empty");
        return call_return_value(call, value_ref(place.value));
}

static int queue_size(Call *call, Object *object) {
        return call_return_int(call, (int64_t)ready_n(&((Queue *)object)->ready));
}

static int queue_empty(Call *call, Object *object) {
        return call_return_bool(call, ready_n(&((Queue *)object)->ready) == 0);
}

static int queue_full(Call *call, Object *object) {
        const Queue *q = (Queue *)object;

        return call_return_bool(call,
                                q->maxsize && ready_n(&q->ready) + q->reserved.n >= q->maxsize);
}

static int queue_task_done(Call *call, Object *object) {
        Queue *q = (Queue *)object;
        uint64_t n = (uint64_t)call_int(call, 0, 1);

        if (n > q->n_unfinished)
                return call_refuse(call, EOVERFLOW,
                                   "task_done was called more often than items were put: %llu are "
                                   "unfinished",
                                   (unsigned long long)q->n_unfinished);
        queue_finish(q, n);
        change_report(object, 0, 0);
        return call_return_null(call);
}

static int queue_join(Call *call, Object *object) {
        Queue *q = (Queue *)object;

        if (q->n_unfinished == 0)
                return call_return_null(call);
        return call_park(call, &q->joiners);
}

static int queue_close(Call *call, Object *object) {
        Queue *q = (Queue *)object;

        q->is_closed = true;
        change_report(object, 0, 0);
        if (call_bool(call, 0, false)) {
                q->is_drained = true;
                queue_note_drained(q);
                size_t n = ready_n(&q->ready);
                queue_clear_ready(q);
                queue_finish(q, n);
        }
        waitqueue_signal(&q->getters);
        waitqueue_signal(&q->putters);
        return call_return_null(call);
}

#define ID_ARG                                                                                     \
        { .name = "id", .kind = ARG_INT, .help = "the id that reserve returned" }

/* A closed queue is ready, too, since no wait for it can succeed later. */
static int queue_watch(Call *call, Object *object, struct json_object *what, Place *place) {
        Queue *q = (Queue *)object;

        place->queue = &q->getters;
        return q->is_closed || (ready_n(&q->ready) > 0 && call_has_turn(call, &q->getters))
                       ? OUTCOME_DONE
                       : OUTCOME_PARKED;
}

static int get_maxsize(const Object *object, struct json_object **ret) {
        return present_int((int64_t)((const Queue *)object)->maxsize, ret);
}

static int get_order(const Object *object, struct json_object **ret) {
        return present_string(queue_orders[((const Queue *)object)->order], ret);
}

static const Arg open_args[] = {
        [INIT_MAXSIZE] =
                {.name = "maxsize",
                 .kind = ARG_INT,
                 .optional = true,
                 .bounded = true,
                 .maximum = INT64_MAX,
                 .fallback = "0",
                 .role = OPEN_FOR_GOOD,
                 .get_present = get_maxsize,
                 .help = "the most items it may hold, including reserved ones; 0: no limit"},
        [INIT_ORDER] = {.name = "order",
                        .kind = ARG_CHOICE,
                        .optional = true,
                        .choices = queue_orders,
                        .fallback = "\"fifo\"",
                        .role = OPEN_FOR_GOOD,
                        .get_present = get_order,
                        .help = "which item comes out first; with priority it is the least"},
        {0},
};

static const Arg put_args[] = {
        {.name = "value", .kind = ARG_ANY, .help = "the item"},
        TIMEOUT_ARG,
        {0},
};

static const Arg put_many_args[] = {
        {.name = "values", .kind = ARG_ARRAY, .help = "the items"},
        TIMEOUT_ARG,
        {0},
};

static const Arg timeout_args[] = {TIMEOUT_ARG, {0}};

static const Arg get_args[] = {TIMEOUT_ARG, EXPECT_KIND_ARG, {0}};

static const Arg get_many_args[] = {
        {.name = "max",
         .kind = ARG_INT,
         .bounded = true,
         .minimum = 1,
         .maximum = INT64_MAX,
         .help = "how many items at most"},
        TIMEOUT_ARG,
        {0},
};

static const Arg task_done_args[] = {
        {.name = "n",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .minimum = 1,
         .maximum = INT64_MAX,
         .fallback = "1",
         .help = "how many"},
        {0},
};

static const Arg close_args[] = {
        {.name = "immediate",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "drop the items that are left, too"},
        {0},
};

static const Arg scan_args[] = {
        {.name = "cursor",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .maximum = INT64_MAX,
         .fallback = "0",
         .help = "the cursor that the last call returned; 0 begins"},
        {.name = "count",
         .kind = ARG_INT,
         .optional = true,
         .bounded = true,
         .minimum = 1,
         .maximum = INT64_MAX,
         .fallback = "100",
         .help = "the most items to return"},
        {0},
};

static const Arg id_args[] = {ID_ARG, {0}};

static const Method methods[] = {
        {.name = "put",
         .run = queue_put,
         .work = queue_work_put,
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = put_args,
         .result = NULL_SCHEMA,
         .help = "wait for room and put an item"},
        {.name = "get",
         .run = queue_get,
         .work = work_constant,
         .flags = METHOD_READS | METHOD_WRITES | METHOD_BLOCKS | METHOD_TAKES,
         .args = get_args,
         .result = ANY_SCHEMA,
         .help = "wait for an item and remove it"},
        {.name = "size",
         .run = queue_size,
         .work = work_constant,
         .result = INTEGER_SCHEMA,
         .help = "the number of items that can be got; reserved ones do not count"},
        {.name = "empty",
         .run = queue_empty,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "whether no item can be got"},
        {.name = "full",
         .run = queue_full,
         .work = work_constant,
         .result = BOOLEAN_SCHEMA,
         .help = "whether the queue is full"},
        {.name = "task_done",
         .run = queue_task_done,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .args = task_done_args,
         .result = NULL_SCHEMA,
         .help = "mark items that were got as finished"},
        {.name = "join",
         .run = queue_join,
         .work = work_constant,
         .flags = METHOD_BLOCKS,
         .args = timeout_args,
         .result = NULL_SCHEMA,
         .help = "wait until every item that was put is finished"},
        {.name = "close",
         .run = queue_close,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .args = close_args,
         .result = NULL_SCHEMA,
         .help = "reject further puts; gets return the items that are left, then fail with "
                 "ESHUTDOWN"},
        {.name = "put_many",
         .run = queue_put_many,
         .work = queue_work_put,
         .instead = "put fewer at a time",
         .flags = METHOD_WRITES | METHOD_BLOCKS,
         .args = put_many_args,
         .result = NULL_SCHEMA,
         .help = "wait for room for all of these items and put them, all or none"},
        {.name = "get_many",
         .run = queue_get_many,
         .work = queue_work_get_many,
         .flags = METHOD_READS | METHOD_WRITES | METHOD_BLOCKS | METHOD_TAKES,
         .args = get_many_args,
         .result = ARRAY_SCHEMA,
         .help = "wait for at least one item, and remove as many as the queue has"},
        {.name = "peek",
         .run = queue_peek,
         .work = work_constant,
         .result = ANY_SCHEMA,
         .help = "return the next item without removing it"},
        {.name = "scan",
         .run = queue_scan,
         .work = queue_work_scan,
         .args = scan_args,
         .result =
                 "{\"type\":\"object\",\"required\":[\"cursor\",\"items\"],\"properties\":{"
                 "\"cursor\":{\"type\":\"integer\"},\"items\":{\"type\":\"array\",\"items\":{}}}}",
         .help = "return some items without removing them, and a cursor for the next; 0 when there "
                 "are no more. Reserved ones come last"},
        {.name = "reserve",
         .run = queue_reserve,
         .work = work_constant,
         .flags = METHOD_READS | METHOD_WRITES | METHOD_BLOCKS,
         .args = timeout_args,
         .result = "{\"type\":\"object\",\"required\":[\"id\",\"value\"],\"properties\":{\"id\":{"
                   "\"type\":\"integer\"},\"value\":{}}}",
         .help = "wait for an item and reserve it: it goes back to the queue if this session ends"},
        {.name = "ack",
         .run = queue_ack,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_GIVES_BACK,
         .args = id_args,
         .result = NULL_SCHEMA,
         .help = "mark the reserved item as finished"},
        {.name = "nack",
         .run = queue_nack,
         .work = work_constant,
         .flags = METHOD_WRITES | METHOD_GIVES_BACK,
         .args = id_args,
         .result = NULL_SCHEMA,
         .help = "return the reserved item to the front of the queue"},
        {0},
};

const Type type_queue = {
        .name = "queue",
        .help = "items from producers to consumers: fifo, lifo or priority",
        .size = sizeof(Queue),
        .open_args = open_args,
        .init = queue_init,
        .deinit = queue_deinit,
        .save = queue_save,
        .can_be_durable = true,
        .save_state = queue_save_state,
        .save_next = queue_save_next,
        .load = queue_load,
        .describe = queue_describe,
        .length = queue_length,
        .reservation_gone = queue_give_back,
        .watch = queue_watch,
        .methods = methods,
};
