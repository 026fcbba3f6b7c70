/* queue: get, get_many and peek.
 *
 * Must never happen: an item leaves the queue before its answer is built, since a failure there
 * would lose it. */
#include <errno.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "types/answer.h"
#include "types/answer-room.h"
#include "types/expect.h"
#include "types/queue.h"
#include "value.h"
#include "wait/park.h"
#include "work.h"

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
                queue_free_item(q, place.item);
        } else {
                ready_drop_entry(&q->ready);
                value_release(&q->object, READY_ENTRY_COST);
        }
        waitqueue_signal(&q->putters);
        return value;
}

/* Checks that the item fits into an answer, and has the expected kind, before it takes the item
 * out. */
int queue_get(Call *call, Object *object) {
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

uint64_t queue_work_get_many(const Call *call, const Object *object) {
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

int queue_get_many(Call *call, Object *object) {
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

int queue_peek(Call *call, Object *object) {
        ReadyPlace place;

        if (!ready_first(&((Queue *)object)->ready, &place))
                return call_refuse(call, ENODATA, "the queue is empty");
        return call_return_value(call, value_ref(place.value));
}
