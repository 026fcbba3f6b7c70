/* The changes of a durable queue (change.h). The key of an item is its rank.
 *
 * Items of a priority queue are not ordered by rank, so the tree cannot find an item by its key.
 * Therefore `fresh` lists the items put since all changes were last taken, in the order of the
 * puts, in a fifo queue as well; their keys ascend, or descend in a lifo queue. Only these items must be written: all others
 * are on the disk already, and can only go. An item that goes before it was written leaves an empty
 * place. */
#include <errno.h>
#include <stdlib.h>

#include "change.h"
#include "snapshot/writer.h"
#include "types/queue.h"

struct FreshItem {
        int64_t key;
        const Item *item; /* NULL: the item has gone */
};

/* Stands for an item of a fifo queue, which is found by its rank. */
static const Item by_rank;

/* Returns how many keys were assigned up to this one. The keys of a lifo queue are negative, those
 * of others are not. A range of all keys begins with INT64_MIN, which is before all of either. */
static uint64_t number_of(const Queue *q, int64_t key) {
        if (q->order == QUEUE_LIFO)
                return key < 0 ? UINT64_MAX - (uint64_t)key : 0;
        return key < 0 ? 0 : (uint64_t)key;
}

/* Returns the first place whose key was assigned as late as this one, or later. */
static size_t find_place(const Queue *q, int64_t key) {
        size_t from = 0, to = q->n_fresh;

        while (from < to) {
                size_t i = from + (to - from) / 2;
                if (number_of(q, q->fresh[i].key) < number_of(q, key))
                        from = i + 1;
                else
                        to = i;
        }
        return from;
}

/* Empties the list when all changes were taken. */
static void forget_taken(Queue *q) {
        if (!durable_is_changed(q->object.durable))
                q->n_fresh = 0;
}

static void close_gaps(Queue *q) {
        size_t n = 0;

        for (size_t i = 0; i < q->n_fresh; i++)
                if (q->fresh[i].item)
                        q->fresh[n++] = q->fresh[i];
        q->n_fresh = n;
}

static int fresh_reserve(Queue *q, size_t n) {
        if (q->n_fresh_max - q->n_fresh < n)
                close_gaps(q);
        if (q->n_fresh_max / 2 >= q->n_fresh + n)
                return 0;
        size_t n_max = 2 * (q->n_fresh + n) + 4;
        struct FreshItem *fresh = reallocarray(q->fresh, n_max, sizeof(*fresh));
        if (!fresh)
                return -ENOMEM;
        q->fresh = fresh;
        q->n_fresh_max = n_max;
        return 0;
}

int queue_reserve_changes(Queue *q, size_t n_put, size_t n_gone) {
        if (!q->object.durable)
                return 0;
        forget_taken(q);
        int r = change_reserve(&q->object, n_put + n_gone);
        return r == 0 && n_put > q->n_fresh_max - q->n_fresh ? fresh_reserve(q, n_put) : r;
}

static void note_put(Queue *q, uint64_t rank, const Item *item) {
        if (!q->object.durable)
                return;
        forget_taken(q);
        q->fresh[q->n_fresh++] = (struct FreshItem){.key = (int64_t)rank, .item = item};
        change_report(&q->object, (int64_t)rank, 1);
}

void queue_note_put(Queue *q, const Item *item) {
        note_put(q, item->rank, item);
}

void queue_note_appended(Queue *q, uint64_t rank) {
        note_put(q, rank, &by_rank);
}

void queue_note_gone(Queue *q, uint64_t rank) {
        if (!q->object.durable)
                return;
        forget_taken(q);
        size_t i = find_place(q, (int64_t)rank);
        if (i < q->n_fresh && q->fresh[i].key == (int64_t)rank)
                q->fresh[i].item = NULL;
        change_report(&q->object, (int64_t)rank, 1);
}

void queue_note_drained(Queue *q) {
        q->n_fresh = 0;
        change_report(&q->object, INT64_MIN, UINT64_MAX);
}

/* Finds the next item in the order of keys. If keys descend, it is in an earlier place. */
static const struct FreshItem *find_next(const Queue *q, int64_t key) {
        bool is_lifo = q->order == QUEUE_LIFO;
        size_t i = find_place(q, key);

        if (is_lifo && i < q->n_fresh && q->fresh[i].key == key)
                i++;
        while (is_lifo ? i > 0 : i < q->n_fresh) {
                const struct FreshItem *at = is_lifo ? &q->fresh[--i] : &q->fresh[i++];
                if (at->item)
                        return at;
        }
        return NULL;
}

static const Value *value_of(const Queue *q, const struct FreshItem *fresh) {
        if (fresh->item != &by_rank)
                return &fresh->item->value;
        const Value *value = ready_find(&q->ready, (uint64_t)fresh->key);
        return value ? value : &items_find(&q->reserved, (uint64_t)fresh->key)->value;
}

bool queue_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w) {
        const Queue *q = (const Queue *)object;
        const struct FreshItem *at = find_next(q, *key);

        if (!at || at->key > last)
                return false;
        *key = at->key;
        snapshot_open_array(w, NULL);
        snapshot_put_uint(w, NULL, (uint64_t)at->key);
        snapshot_write_value(w, NULL, value_of(q, at));
        snapshot_close_array(w);
        return true;
}
