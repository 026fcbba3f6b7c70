/* Sorts a list: stable, and all or nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/call-work.h"
#include "call/call.h"
#include "change.h"
#include "types/shared-list.h"
#include "work.h"

/* Merges two sorted runs. Returns -EDOM if two values have no order; ret_pair receives both. */
static int merge(Value *to, const Value *a, size_t n_a, const Value *b, size_t n_b, bool reverse,
                 Value *ret_pair) {
        while (n_a && n_b) {
                int order;
                int r = value_order(a, b, &order);
                if (r < 0) {
                        ret_pair[0] = *a;
                        ret_pair[1] = *b;
                        return r;
                }
                bool take_b = reverse ? order < 0 : order > 0;
                *to++ = take_b ? *b++ : *a++;
                n_a -= !take_b;
                n_b -= take_b;
        }
        memcpy(to, n_a ? a : b, (n_a ? n_a : n_b) * sizeof(*to));
        return 0;
}

/* Merge sort from the bottom up, between two arrays. *ret receives the one with the result. */
static int sort(Value *from, Value *to, size_t n, bool reverse, Value **ret, Value *ret_pair) {
        for (size_t width = 1; width < n; width *= 2) {
                for (size_t i = 0; i < n; i += 2 * width) {
                        size_t n_a = width < n - i ? width : n - i;
                        size_t n_b = width < n - i - n_a ? width : n - i - n_a;
                        int r = merge(to + i, from + i, n_a, from + i + n_a, n_b, reverse,
                                      ret_pair);
                        if (r < 0)
                                return r;
                }
                Value *swap = from;
                from = to;
                to = swap;
        }
        *ret = from;
        return 0;
}

int shared_list_sort(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        Value *sorted, pair[2] = {VALUE_NULL, VALUE_NULL}; /* borrowed */

        if (v->n < 2)
                return call_return_null(call);
        CLEANUP(freep) Value *work = malloc(2 * v->n * sizeof(*work));
        if (!work)
                return -ENOMEM;
        pages_get(v, sizeof(*work), 0, v->n, work);
        work_count(call->core, v->n * work_log2(v->n));
        int r = sort(work, work + v->n, v->n, call_bool(call, 0, false), &sorted, pair);
        if (r == -EDOM)
                return call_refuse(call, EINVAL,
                                   "the list has values that cannot be compared, such as %s and "
                                   "%s; it was not sorted",
                                   value_kind_name(&pair[0]), value_kind_name(&pair[1]));
        if (r < 0)
                return r;
        pages_set(v, sizeof(*sorted), 0, v->n, sorted);
        change_report_splice(object, v->n, 0, v->n, v->n);
        return call_return_null(call);
}

/* Nearly equal values are compared up to their ends, each once in each level of the sort. */
uint64_t shared_list_work_sort(const Call *call, const Object *object) {
        size_t n = shared_list_vector((Object *)object)->n;

        return work_times(work_plus(n, work_of_contents(object, n)), work_log2(n));
}
