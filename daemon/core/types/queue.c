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
 * Must never happen: the place of a reserved item is given to another one. */
#include <errno.h>
#include <stdlib.h>

#include "call/call.h"
#include "call/call-work.h"
#include "change.h"
#include "json/json-util.h"
#include "open-options.h"
#include "types/expect.h"
#include "types/queue.h"
#include "types/types.h"
#include "wait/park.h"
#include "wait/reservation.h"

enum { INIT_MAXSIZE, INIT_ORDER };

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

static const Arg scan_args[] = {SCAN_ARGS("the most items to return"), {0}};

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
