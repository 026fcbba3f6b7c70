/* The queue, in three parts: putting (queue-put.c), reserving (queue-reserve.c) and all else (queue.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "object.h"
#include "remains.h"
#include "types/items.h"
#include "wait/wait.h"

typedef struct Reservation Reservation;

typedef enum QueueOrder {
        QUEUE_FIFO,
        QUEUE_LIFO,
        QUEUE_PRIORITY, /* the least first, equals in the order of their putting */
} QueueOrder;

typedef struct Queue {
        Object object;
        QueueOrder order;
        uint64_t maxsize;      /* 0: no bound */
        Items ready, reserved; /* together at most maxsize */
        uint64_t n_unfinished; /* put, and neither task_done nor acknowledged */
        uint64_t last_put;
        bool is_closed;
        bool is_drained; /* closed at once: what was reserved has no place to go back to */
        WaitQueue getters, putters, joiners;
        struct FreshItem *fresh; /* of a durable queue: queue-change.c */
        size_t n_fresh, n_fresh_max;
} Queue;

/* Items that are in no tree any more, each linked to the next by items_unravel_next(). */
typedef struct QueueRemains {
        Remains remains;
        Item *next; /* NULL behind the last */
} QueueRemains;

extern const RemainsKind queue_remains;
extern const char *const queue_orders[]; /* in the order of QueueOrder */
bool queue_remains_drop(Remains *remains);
/* After the order is known. */
void queue_init_queues(Queue *q);

/* The rank of an item that is put, or comes back, now. */
uint64_t queue_next_rank(Queue *q);
/* Gives an item that is in no tree back to the memory and the account. */
void queue_drop(Queue *q, Item *item);
/* So many items are dealt with: those who join may go on. */
void queue_finish(Queue *q, uint64_t n);
/* OUTCOME_DONE when there is an item and it is this call's turn to have it. */
int queue_await_item(Call *call, Queue *q);

WorkOf queue_work_put;
int queue_put(Call *call, Object *object);
int queue_put_many(Call *call, Object *object);
int queue_reserve(Call *call, Object *object);
/* queue.scan */
WorkOf queue_work_scan;
int queue_scan(Call *call, Object *object);
int queue_ack(Call *call, Object *object);
int queue_nack(Call *call, Object *object);
/* The session that had reserved it is gone. */
void queue_give_back(Object *object, Reservation *reservation);

/* Changes of a durable queue. Room for so many notes of either kind, before anything has changed: 0 or -ENOMEM. */
int queue_reserve_changes(Queue *q, size_t n_put, size_t n_gone);
void queue_note_put(Queue *q, const Item *item);
void queue_note_gone(Queue *q, const Item *item);
/* All of them have gone, and what is reserved will not come back. */
void queue_note_drained(Queue *q);
bool queue_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w);
void queue_save_state(const Object *object, SnapshotWriter *w);

void queue_save(const Object *object, SnapshotWriter *w);
int queue_load(Object *object, SnapshotRecord *state);
