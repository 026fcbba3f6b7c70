/* The queue, in several files: put (queue-put.c), get (queue-get.c), reserve (queue-reserve.c), scan
 * (queue-scan.c), dropping items (queue-drop.c), its snapshot (queue-save.c), the changes of a
 * durable one (queue-change.c), and all else (queue.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "object.h"
#include "remains.h"
#include "types/items.h"
#include "types/ready.h"
#include "wait/wait.h"

typedef struct Reservation Reservation;

typedef enum QueueOrder {
        QUEUE_FIFO,
        QUEUE_LIFO,
        QUEUE_PRIORITY, /* smallest value first, equal ones in the order of the puts */
} QueueOrder;

typedef struct Queue {
        Object object;
        QueueOrder order;
        uint64_t maxsize; /* 0: unlimited */
        Ready ready;
        Items reserved;        /* at most maxsize items together with ready */
        uint64_t n_unfinished; /* neither task_done nor acknowledged */
        uint64_t last_put;
        bool is_closed;
        bool is_drained; /* closed with drain: reserved items cannot come back */
        WaitQueue getters, putters, joiners;
        struct FreshItem *fresh; /* of a durable queue: see queue-change.c */
        size_t n_fresh, n_fresh_max;
} Queue;

/* Items that are in no tree, linked by items_unravel_next(), and entries, which are dropped after
 * them. */
typedef struct QueueRemains {
        Remains remains;
        Item *next;    /* NULL: all are dropped */
        Ready entries; /* owned; its tree is empty */
} QueueRemains;

extern const RemainsKind queue_remains;
extern const RemainsKind queue_entry_remains; /* of a fifo queue */
extern const char *const queue_orders[];      /* in the order of QueueOrder */
bool queue_remains_drop(Remains *remains);
/* Call it when the order is known. */
void queue_init_queues(Queue *q);

/* Returns the rank of an item that is put, or comes back, now. */
uint64_t queue_next_rank(Queue *q);
/* Frees an item that is in no tree, and its charge. */
void queue_drop(Queue *q, Item *item);
/* Frees an item whose value was dropped or handed over, and its charge. */
void queue_free_item(Queue *q, Item *item);
/* Removes all items, and the entries if `entries` is not NULL, as remains of the object. */
void queue_clear(Queue *q, Items *items, Ready *entries);
/* Moves the first entry into an item that is in no tree and not charged. */
void queue_take_entry(Queue *q, Item *item);
/* Returns the charge for each of the remains, besides its value. */
size_t queue_remains_cost(const RemainsKind *kind);
/* Counts n tasks as finished. The last one wakes the joiners. */
void queue_finish(Queue *q, uint64_t n);
/* Returns OUTCOME_DONE if the queue has an item and it is the turn of this call. */
int queue_await_item(Call *call, Queue *q);

WorkOf queue_work_put;
int queue_put(Call *call, Object *object);
int queue_put_many(Call *call, Object *object);
WorkOf queue_work_get_many;
int queue_get(Call *call, Object *object);
int queue_get_many(Call *call, Object *object);
int queue_peek(Call *call, Object *object);
int queue_reserve(Call *call, Object *object);
/* Bound and method of queue.scan. */
WorkOf queue_work_scan;
int queue_scan(Call *call, Object *object);
int queue_ack(Call *call, Object *object);
int queue_nack(Call *call, Object *object);
/* Called when the session that had reserved the item has ended. */
void queue_give_back(Object *object, Reservation *reservation);

/* Changes of a durable queue. Reserves memory for the notes of n_put and n_gone changes, before
 * anything changes. Returns 0 or -ENOMEM. */
int queue_reserve_changes(Queue *q, size_t n_put, size_t n_gone);
void queue_note_put(Queue *q, const Item *item);
/* Notes a put entry of a fifo queue. */
void queue_note_appended(Queue *q, uint64_t rank);
void queue_note_gone(Queue *q, uint64_t rank);
/* Notes that all items have gone, and reserved ones will not come back. */
void queue_note_drained(Queue *q);
bool queue_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w);
void queue_save_state(const Object *object, SnapshotWriter *w);

void queue_save(const Object *object, SnapshotWriter *w);
int queue_load(Object *object, SnapshotRecord *state);
