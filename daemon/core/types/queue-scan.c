/* queue: looks at items without taking them. A cursor is the number of items passed: first those
 * that can be taken, in the order in which they come out, then the reserved ones. */
#include <errno.h>

#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "types/answer.h"
#include "types/queue.h"
#include "work.h"

enum { FIND_STEPS = 8 }; /* for finding the first, besides the levels of the tree */

/* A place in a scan: a ready item, or behind them a reserved one. */
typedef struct ScanPlace {
        uint64_t at;
        ReadyPlace ready;
        const Item *reserved;
        const Value *value; /* NULL: there are no more */
} ScanPlace;

static void place_reserved(ScanPlace *place, const Item *item) {
        place->reserved = item;
        place->value = item ? &item->value : NULL;
}

static void place_begin(ScanPlace *place, const Queue *q, uint64_t at) {
        uint64_t n = ready_n(&q->ready);

        *place = (ScanPlace){.at = at};
        if (at < n && ready_at(&q->ready, (size_t)at, &place->ready))
                place->value = place->ready.value;
        else if (at - n < q->reserved.n)
                place_reserved(place, items_at(&q->reserved, (size_t)(at - n)));
}

static void place_next(ScanPlace *place, const Queue *q) {
        place->at++;
        if (place->reserved)
                place_reserved(place, items_next(place->reserved));
        else if (ready_next(&q->ready, &place->ready))
                place->value = place->ready.value;
        else
                place_reserved(place, items_first(&q->reserved));
}

static uint64_t find_steps(const Queue *q) {
        return FIND_STEPS + work_log2(ready_n(&q->ready) + q->reserved.n + 1);
}

uint64_t queue_work_scan(const Call *call, const Object *object) {
        const Queue *q = (const Queue *)object;
        uint64_t n = ready_n(&q->ready) + q->reserved.n, n_asked = (uint64_t)call_int(call, 1, 100);

        return find_steps(q) + WORK_PAIR * work_fit(call, n < n_asked ? n : n_asked, WORK_PAIR);
}

static int scan_items(Answer *answer, Call *call, const Queue *q, uint64_t *ret_cursor) {
        ScanPlace place;
        int r = OUTCOME_DONE;

        place_begin(&place, q, (uint64_t)call_int(call, 0, 0));

        work_count(call->core, find_steps(q));
        for (uint64_t n = work_fit(call, (uint64_t)call_int(call, 1, 100), WORK_PAIR);
             r == OUTCOME_DONE && n > 0 && place.value; n--) {
                work_count(call->core, WORK_READ);
                if (!answer_takes(answer, place.value)) {
                        if (answer->n > 0)
                                break;
                        return answer_room_check(call, place.value);
                }
                r = answer_put(answer, place.value);
                place_next(&place, q);
        }
        *ret_cursor = place.value ? place.at : 0;
        return r;
}

int queue_scan(Call *call, Object *object) {
        uint64_t cursor = 0;
        Answer answer;
        int r = answer_begin_scan(&answer, call);

        if (r == OUTCOME_DONE)
                r = scan_items(&answer, call, (const Queue *)object, &cursor);
        return r == OUTCOME_DONE ? answer_end_scan(&answer, cursor) : r;
}
