/* Saves and loads queues. Contents are [rank, value], or [rank, value, reservation] for a reserved
 * item. The reservation 0 marks an item of a fifo queue that came back after a reservation: it is in
 * the tree (ready.h), and charged as such. Remains of a cleared queue are [value]. */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/queue.h"
#include "value.h"
#include "wait/reservation.h"

static void put_item(uint64_t rank, const Value *value, SnapshotWriter *w,
                     const uint64_t *reservation) {
        snapshot_put_content(w);
        snapshot_open_array(w, NULL);
        snapshot_put_uint(w, NULL, rank);
        snapshot_write_value(w, NULL, value);
        if (reservation)
                snapshot_put_uint(w, NULL, *reservation);
        snapshot_close_array(w);
}

static void put_state(const Queue *q, SnapshotWriter *w, uint64_t n_unfinished) {
        snapshot_put_string(w, "order", queue_orders[q->order]);
        snapshot_put_uint(w, "maxsize", q->maxsize);
        snapshot_put_uint(w, "unfinished", n_unfinished);
        snapshot_put_uint(w, "last_put", q->last_put);
        snapshot_put_bool(w, "closed", q->is_closed);
        snapshot_put_bool(w, "drained", q->is_drained);
}

/* The disk has no reservations: a reserved item counts as in the queue, or as done if the queue is
 * drained and cannot take it back. */
void queue_save_state(const Object *object, SnapshotWriter *w) {
        const Queue *q = (const Queue *)object;
        uint64_t n_lost = q->is_drained ? q->reserved.n : 0;

        put_state(q, w, q->n_unfinished - (n_lost < q->n_unfinished ? n_lost : q->n_unfinished));
}

void queue_save(const Object *object, SnapshotWriter *w) {
        const Queue *q = (const Queue *)object;

        put_state(q, w, q->n_unfinished);
        const uint64_t none = 0;
        ReadyPlace place;
        for (bool is_left = ready_first(&q->ready, &place); is_left;
             is_left = ready_next(&q->ready, &place))
                put_item(place.rank, place.value, w,
                         place.item && q->order == QUEUE_FIFO ? &none : NULL);
        LIST_FOREACH (node, &object->reservations) {
                const Reservation *reservation = LIST_ENTRY(node, Reservation, by_object);
                const Item *item = reservation->element;
                put_item(item->rank, &item->value, w, &reservation->id);
        }
}

/* Makes an item, charged to the owner of the object. Returns NULL after a failure. */
static Item *item_restore(Object *object, SnapshotReader *r, const JsonSpan *value) {
        CLEANUP(freep) Item *item = r->error == 0 ? calloc(1, sizeof(*item)) : NULL;

        if (!item)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        if (!item || snapshot_read_value(r, value, &item->value) < 0)
                return NULL;
        value_restore(object, &item->value);
        value_restore_bytes(object, memory_of(sizeof(*item)));
        return TAKE_PTR(item);
}

/* A snapshot of an older daemon does not mark items that came back, so entries may precede a
 * reserved item. They are moved to the tree, where they are found before it. */
static void make_room_for_reserved(Queue *q, SnapshotReader *r, uint64_t rank) {
        ReadyPlace place = {0};

        while (r->error == 0 && q->ready.entries.n > 0 &&
               ready_at(&q->ready, q->ready.tree.n, &place) && place.rank < rank) {
                CLEANUP(freep) Item *item = malloc(sizeof(*item));
                if (!item) {
                        snapshot_fail(r, -ENOMEM, "memory ran out");
                        return;
                }
                queue_take_entry(q, item);
                items_add(&q->ready.tree, item);
                TAKE_PTR(item);
        }
}

static void add_item(Queue *q, SnapshotReader *r, Item *item, uint64_t reservation) {
        const Items *others = reservation ? &q->ready.tree : &q->reserved;

        if (items_check(others, item) < 0 ||
            items_add(reservation ? &q->reserved : &q->ready.tree, item) < 0) {
                queue_drop(q, item);
                snapshot_fail(r, -EBADMSG, "an item cannot be compared with the others");
        } else if (reservation) {
                snapshot_mark(r, SNAPSHOT_ELEMENT, reservation, item);
                snapshot_mark(r, SNAPSHOT_RESERVED, reservation, q);
        }
}

/* Appends an entry of a fifo queue, whose items stand in their order. */
static void append_entry(Queue *q, SnapshotReader *r, uint64_t rank, const JsonSpan *span) {
        size_t n = ready_n(&q->ready);
        ReadyPlace last;
        Value value;

        if (n > 0 && ready_at(&q->ready, n - 1, &last) && last.rank >= rank)
                snapshot_fail(r, -EBADMSG, "an item is out of order");
        else if (ready_reserve(&q->ready, 1) < 0)
                snapshot_fail(r, -ENOMEM, "memory ran out");
        if (r->error < 0 || snapshot_read_value(r, span, &value) < 0)
                return;
        value_restore(&q->object, &value);
        value_restore_bytes(&q->object, READY_ENTRY_COST);
        ready_append(&q->ready, rank, value);
}

static void read_item(Queue *q, SnapshotReader *r, const JsonSpan *element) {
        JsonSpan parts[3], rank, more;
        JsonCursor cursor;
        bool has_id = false;

        if (element->kind == JSON_ARRAY) {
                json_cursor_init(&cursor, element);
                has_id = json_cursor_next(&cursor, NULL, &rank) &&
                         json_cursor_next(&cursor, NULL, &more) &&
                         json_cursor_next(&cursor, NULL, &more);
        }
        if (!snapshot_read_tuple(r, element, parts, has_id ? 3 : 2))
                return;
        uint64_t id = has_id ? (uint64_t)snapshot_read_int(r, &parts[2]) : 0;
        uint64_t number = (uint64_t)snapshot_read_int(r, &parts[0]);
        if (q->order == QUEUE_FIFO && !has_id) {
                append_entry(q, r, number, &parts[1]);
                return;
        }
        if (has_id && id == 0 && (q->order != QUEUE_FIFO || q->ready.entries.n > 0))
                snapshot_fail(r, -EBADMSG, "an id of a reservation is 0");
        if (q->order == QUEUE_FIFO && id > 0)
                make_room_for_reserved(q, r, number);
        Item *item = item_restore(&q->object, r, &parts[1]);
        if (!item)
                return;
        item->rank = number;
        add_item(q, r, item, id);
}

int queue_load(Object *object, SnapshotRecord *state) {
        Queue *q = (Queue *)object;
        SnapshotReader *r = state->reader;
        JsonSpan element;

        q->order = (QueueOrder)snapshot_get_choice(state, "order", queue_orders);
        queue_init_queues(q);
        q->maxsize = (uint64_t)snapshot_get_range(state, "maxsize", 0, INT64_MAX);
        q->n_unfinished = snapshot_get_uint(state, "unfinished");
        q->last_put = snapshot_get_uint(state, "last_put");
        q->is_closed = snapshot_get_bool(state, "closed");
        q->is_drained = snapshot_get_bool(state, "drained");
        while (snapshot_next_content(r, &element))
                read_item(q, r, &element);
        ready_trim(&q->ready);
        return r->error;
}

/* Writes the values in the order in which they are dropped. Those that are left form a valid
 * tree. */
static void queue_remains_save(const Remains *remains, SnapshotWriter *w) {
        const QueueRemains *gone = (const QueueRemains *)remains;

        for (const Item *item = gone->next; item; item = items_next(item)) {
                snapshot_put_content(w);
                snapshot_write_value(w, NULL, &item->value);
        }
        ReadyPlace place;
        for (bool is_left = ready_first(&gone->entries, &place); is_left;
             is_left = ready_next(&gone->entries, &place)) {
                snapshot_put_content(w);
                snapshot_write_value(w, NULL, place.value);
        }
}

static int queue_remains_load(Object *object, SnapshotReader *r) {
        QueueRemains gone = {.remains.kind = &queue_remains};
        Item *last = NULL;
        JsonSpan element;

        while (snapshot_next_content(r, &element)) {
                Item *item = item_restore(object, r, &element);
                if (!item)
                        break;
                last = items_ravel(last, item);
                if (!gone.next)
                        gone.next = item;
        }
        int error = remains_restore(object, &gone.remains, sizeof(gone));
        return error < 0 ? snapshot_fail(r, error, "memory ran out") : r->error;
}

/* Items that came back, or were reserved, are loaded as entries, too. */
static int queue_entry_remains_load(Object *object, SnapshotReader *r) {
        QueueRemains gone = {.remains.kind = &queue_entry_remains};
        JsonSpan element;

        while (snapshot_next_content(r, &element)) {
                Value value;
                if (ready_reserve(&gone.entries, 1) < 0)
                        snapshot_fail(r, -ENOMEM, "memory ran out");
                if (r->error < 0 || snapshot_read_value(r, &element, &value) < 0)
                        break;
                value_restore(object, &value);
                value_restore_bytes(object, READY_ENTRY_COST);
                ready_append(&gone.entries, 0, value);
        }
        ready_trim(&gone.entries);
        int error = remains_restore(object, &gone.remains, sizeof(gone));
        return error < 0 ? snapshot_fail(r, error, "memory ran out") : r->error;
}

const RemainsKind queue_remains = {
        .name = "items",
        .drop = queue_remains_drop,
        .save = queue_remains_save,
        .load = queue_remains_load,
};

const RemainsKind queue_entry_remains = {
        .name = "queue_entries",
        .drop = queue_remains_drop,
        .save = queue_remains_save,
        .load = queue_entry_remains_load,
};
