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

static const Item *item_at(const Queue *q, uint64_t i) {
        if (i < q->ready.n)
                return items_at(&q->ready, (size_t)i);
        return i - q->ready.n < q->reserved.n ? items_at(&q->reserved, (size_t)(i - q->ready.n))
                                              : NULL;
}

static const Item *item_behind(const Queue *q, uint64_t i, const Item *item) {
        return i + 1 == q->ready.n ? items_first(&q->reserved) : items_next(item);
}

static uint64_t find_steps(const Queue *q) {
        return FIND_STEPS + work_log2(q->ready.n + q->reserved.n + 1);
}

uint64_t queue_work_scan(const Call *call, const Object *object) {
        const Queue *q = (const Queue *)object;
        uint64_t n = q->ready.n + q->reserved.n, n_asked = (uint64_t)call_int(call, 1, 100);

        return find_steps(q) + WORK_PAIR * work_fit(call, n < n_asked ? n : n_asked, WORK_PAIR);
}

static int scan_items(Answer *answer, Call *call, const Queue *q, uint64_t *ret_cursor) {
        uint64_t at = (uint64_t)call_int(call, 0, 0);
        const Item *item = item_at(q, at);
        int r = OUTCOME_DONE;

        work_count(call->core, find_steps(q));
        for (uint64_t n = work_fit(call, (uint64_t)call_int(call, 1, 100), WORK_PAIR);
             r == OUTCOME_DONE && n > 0 && item; n--) {
                work_count(call->core, WORK_READ);
                if (!answer_takes(answer, &item->value)) {
                        if (answer->n > 0)
                                break;
                        return answer_room_check(call, &item->value);
                }
                r = answer_put(answer, &item->value);
                item = item_behind(q, at, item);
                at++;
        }
        *ret_cursor = item ? at : 0;
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
