/* queue: looking at items without taking them. A cursor is how many were passed: first those that can be got, in the order in
 * which they come out, then those that are reserved. */
#include <errno.h>

#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "types/answer-room.h"
#include "types/queue.h"
#include "work.h"

enum { FIND_STEPS = 8 }; /* of finding the first, beside the levels of the tree */

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

static int scan_items(Call *call, const Queue *q, struct json_object *array, uint64_t *ret_cursor) {
        uint64_t at = (uint64_t)call_int(call, 0, 0);
        const Item *item = item_at(q, at);
        AnswerRoom room = answer_room_of_call(call);

        work_count(call->core, find_steps(q));
        for (uint64_t n = work_fit(call, (uint64_t)call_int(call, 1, 100), WORK_PAIR);
             n > 0 && item; n--) {
                work_count(call->core, WORK_READ);
                if (!answer_room_take(&room, item->value)) {
                        if (json_object_array_length(array) > 0)
                                break;
                        return answer_room_check(call, item->value);
                }
                if (json_object_array_add(array, json_object_get(item->value)) < 0) {
                        json_object_put(item->value);
                        return -ENOMEM;
                }
                item = item_behind(q, at, item);
                at++;
        }
        *ret_cursor = item ? at : 0;
        return OUTCOME_DONE;
}

int queue_scan(Call *call, Object *object) {
        CLEANUP(json_putp) struct json_object *result = json_object_new_object();
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        uint64_t cursor = 0;

        if (!result || !array)
                return -ENOMEM;
        int r = scan_items(call, (const Queue *)object, array, &cursor);
        if (r != OUTCOME_DONE)
                return r;
        if (json_put_int(result, "cursor", (int64_t)cursor) < 0 ||
            json_put(result, "items", TAKE_PTR(array)) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(result));
}
