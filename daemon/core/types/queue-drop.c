/* Items that leave a queue are freed, and their charge is released. Many at once become remains of the object
 * (remains.h): the items of trees are unravelled into a line, the entries of a fifo queue keep their pages, and
 * the work that no call waits for drops them in slices. */
#include <stdlib.h>

#include "base/memory.h"
#include "core-state.h"
#include "remains.h"
#include "types/queue.h"
#include "value.h"
#include "work.h"

enum { ITEM_STEPS = 4 }; /* for dropping one, besides its bytes */

void queue_free_item(Queue *q, Item *item) {
        value_release(&q->object, memory_of(sizeof(*item)));
        free(item);
}

void queue_drop(Queue *q, Item *item) {
        value_drop(&q->object, &item->value);
        queue_free_item(q, item);
}

void queue_take_entry(Queue *q, Item *item) {
        ReadyPlace place;

        ready_first(&q->ready, &place);
        *item = (Item){.rank = place.rank, .value = *place.value};
        ready_drop_entry(&q->ready);
        value_release(&q->object, READY_ENTRY_COST);
        value_restore_bytes(&q->object, memory_of(sizeof(*item)));
}

/* A loaded snapshot has all remains of a fifo queue as entries, so its items cost as much. */
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

void queue_clear(Queue *q, Items *items, Ready *entries) {
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
