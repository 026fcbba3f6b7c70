/* Searches in a list: index, count, contains and remove compare a value with one element after the
 * other. */
#include <errno.h>

#include "call/call.h"
#include "call/call-work.h"
#include "types/shared-list.h"
#include "types/slice.h"
#include "value.h"
#include "work.h"

/* Returns the first position of a value within a range, or -1. */
static int64_t find(Core *core, const Vector *v, const Value *value, size_t from, size_t to) {
        for (size_t i = from; i < to; i++) {
                work_count(core, 1 + work_of_comparing(vector_at(v, i), value));
                if (value_equal(vector_at(v, i), value))
                        return (int64_t)i;
        }
        return -1;
}

static int refuse_absent(Call *call) {
        return call_refuse(call, ENODATA, "the value is not in the list");
}

int shared_list_remove(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        int64_t i = find(call->core, v, call_value(call, 0), 0, v->n);

        if (i < 0)
                return refuse_absent(call);
        vector_remove(object, v, (size_t)i, 1);
        return call_return_null(call);
}

int shared_list_index(Call *call, Object *object) {
        const Vector *v = shared_list_vector(object);
        size_t from = position_limit(call_int(call, 1, 0), v->n);
        size_t to = call_has(call, 2) ? position_limit(call_int(call, 2, 0), v->n) : v->n;
        int64_t i = find(call->core, v, call_value(call, 0), from, to);

        return i < 0 ? refuse_absent(call) : call_return_int(call, i);
}

int shared_list_count(Call *call, Object *object) {
        const Vector *v = shared_list_vector(object);
        int64_t n = 0;

        for (size_t i = 0; i < v->n; i++) {
                work_count(call->core, 1 + work_of_comparing(vector_at(v, i), call_value(call, 0)));
                n += value_equal(vector_at(v, i), call_value(call, 0));
        }
        return call_return_int(call, n);
}

int shared_list_contains(Call *call, Object *object) {
        const Vector *v = shared_list_vector(object);

        return call_return_bool(call, find(call->core, v, call_value(call, 0), 0, v->n) >= 0);
}

/* Comparing two values costs as much as the smaller one: at most the size of the argument for each
 * element, and at most the size of all elements. */
static uint64_t work_of_elements(const Call *call, const Object *object, size_t n_elements) {
        size_t n = shared_list_vector((Object *)object)->n;
        uint64_t n_contents = work_of_contents(object, n);
        uint64_t n_compared = work_times(n_elements, work_compare(call, object));

        return work_plus(1 + n_elements + n / WORK_PER_MOVE,
                         n_contents < n_compared ? n_contents : n_compared);
}

uint64_t shared_list_work_search(const Call *call, const Object *object) {
        return work_of_elements(call, object, shared_list_vector((Object *)object)->n);
}

uint64_t shared_list_work_index(const Call *call, const Object *object) {
        size_t n = shared_list_vector((Object *)object)->n;
        size_t from = position_limit(call_int(call, 1, 0), n);
        size_t to = call_has(call, 2) ? position_limit(call_int(call, 2, 0), n) : n;

        return work_of_elements(call, object, to > from ? to - from : 0);
}
