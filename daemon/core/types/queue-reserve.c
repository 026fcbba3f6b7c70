/* queue: reserves an item, and settles the reservation.
 *
 * The answer is written before the item moves: if memory runs out, the item stays where other
 * consumers find it. A reservation relates a session and an item and has its own id
 * (reservation.h). So a consumer that reconnects cannot settle the item of its earlier session,
 * which returned to the queue when that session ended. */
#include <errno.h>
#include <stdlib.h>

#include "call/call.h"
#include "change.h"
#include "core-state.h"
#include "types/queue.h"
#include "types/answer-room.h"
#include "wait/reservation.h"

/* Returns {id, value} to the client. Returns OUTCOME_DONE or -ENOMEM. */
static int return_reserved(Call *call, const Reservation *reservation, const Value *value) {
        Buffer *text = &call->core->answer;

        buffer_truncate(text, 0);
        int r = buffer_append_format(
                text, "{\"id\":%llu,\"value\":", (unsigned long long)reservation->id);
        if (r == 0)
                r = value_write(text, value);
        if (r == 0)
                r = buffer_append(text, "}", 1);
        return r == 0 ? call_return_text(call) : r;
}

int queue_reserve(Call *call, Object *object) {
        Queue *q = (Queue *)object;
        Reservation *reservation;

        int r = queue_await_item(call, q);
        if (r == OUTCOME_DONE)
                r = answer_room_check(call, ready_first_value(&q->ready));
        if (r != OUTCOME_DONE)
                return r;
        ReadyPlace place;
        ready_first(&q->ready, &place);
        CLEANUP(freep) Item *made = place.item ? NULL : malloc(sizeof(*made));
        if (!place.item && !made)
                return -ENOMEM;
        Item *item = place.item ? place.item : made;
        r = reservation_new(call->session, object, item, &reservation);
        if (r == -EDQUOT)
                return call_refuse(call, EDQUOT,
                                   "this session has reserved too many items already (max-holds)");
        if (r < 0)
                return r;
        r = return_reserved(call, reservation, place.value);
        if (r < 0) {
                reservation_free(reservation);
                return r;
        }
        if (made)
                queue_take_entry(q, TAKE_PTR(made));
        else
                items_remove(&q->ready.tree, item);
        items_add(&q->reserved, item);
        return r;
}

static int find_reservation(Call *call, Object *object, Reservation **ret) {
        int64_t id = call_int(call, 0, 0);

        *ret = reservation_find(call->session, object, (uint64_t)id);
        if (!*ret)
                return call_refuse(call, EPERM,
                                   "this session has reserved no item with the id %lld",
                                   (long long)id);
        return OUTCOME_DONE;
}

/* Drops the item. A waiting putter may use its room. */
static void settle(Queue *q, Item *item) {
        if (q->is_drained)
                change_report(&q->object, 0, 0);
        else
                queue_note_gone(q, item->rank);
        items_remove(&q->reserved, item);
        queue_drop(q, item);
        queue_finish(q, 1);
        waitqueue_signal(&q->putters);
}

/* Returns an item to the front. In a fifo queue its old rank is the front, and in a priority
 * queue the front of its equals. In a lifo queue it needs a new rank, since new items come to
 * the front. */
static void give_back(Queue *q, Item *item) {
        if (q->is_drained) {
                settle(q, item);
                return;
        }
        items_remove(&q->reserved, item);
        /* If memory for the change runs out, the item keeps its old rank. */
        if (q->order == QUEUE_LIFO && queue_reserve_changes(q, 1, 1) == 0) {
                queue_note_gone(q, item->rank);
                item->rank = queue_next_rank(q);
                queue_note_put(q, item);
        }
        items_add(&q->ready.tree, item);
        waitqueue_signal(&q->getters);
}

int queue_ack(Call *call, Object *object) {
        Reservation *reservation;

        int r = find_reservation(call, object, &reservation);
        if (r == OUTCOME_DONE)
                r = queue_reserve_changes((Queue *)object, 0, 1);
        if (r != OUTCOME_DONE)
                return r;
        settle((Queue *)object, reservation->element);
        reservation_free(reservation);
        return call_return_null(call);
}

int queue_nack(Call *call, Object *object) {
        Reservation *reservation;

        int r = find_reservation(call, object, &reservation);
        if (r != OUTCOME_DONE)
                return r;
        give_back((Queue *)object, reservation->element);
        reservation_free(reservation);
        return call_return_null(call);
}

void queue_give_back(Object *object, Reservation *reservation) {
        give_back((Queue *)object, reservation->element);
}
