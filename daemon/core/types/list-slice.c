/* Slices of a list: returns, replaces and deletes them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/call-work.h"
#include "call/call.h"
#include "change.h"
#include "types/answer.h"
#include "types/shared-list.h"
#include "types/slice.h"
#include "value.h"
#include "work.h"

#define ADVICE "use list.slice"

static int shared_list_answer(Call *call, const Vector *v, const Slice *slice) {
        Answer answer;
        int r = answer_begin(&answer, call, "[", slice->n, ADVICE);

        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, slice->n * WORK_READ);
        for (size_t k = 0; k < slice->n && r == OUTCOME_DONE; k++)
                r = answer_add(&answer, vector_at(v, slice_at(slice, k)));
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

int shared_list_slice(Call *call, Object *object) {
        const Vector *v = shared_list_vector(object);
        Slice slice;

        int r = slice_get(call, 0, v->n, &slice);
        return r == OUTCOME_DONE ? shared_list_answer(call, v, &slice) : r;
}

int shared_list_copy(Call *call, Object *object) {
        const Vector *v = shared_list_vector(object);
        Slice all = {.step = 1, .n = v->n};

        return shared_list_answer(call, v, &all);
}

/* Stores the elements of the argument `values`. *ret_n receives how many were stored before the
 * first failure. */
static int store_values(Call *call, Object *object, Value *stored, size_t *ret_n) {
        JsonCursor cursor;
        JsonSpan span;
        int r = OUTCOME_DONE;

        *ret_n = 0;
        call_cursor(call, 3, &cursor);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, NULL, &span)) {
                r = value_store_span(call, object, &span, &stored[*ret_n]);
                *ret_n += r == OUTCOME_DONE;
        }
        return r;
}

/* Replaces every step-th value, all or none. The number of values must be equal. */
static int shared_list_set_extended(Call *call, Object *object, const Slice *slice) {
        Vector *v = shared_list_vector(object);
        size_t n = call_length(call, 3), n_stored;

        if (n != slice->n)
                return call_refuse_arg(
                        call, "values",
                        "values: %zu values for a slice of %zu; with a step other than 1 "
                        "their numbers must be the same",
                        n, slice->n);
        work_count(call->core, n * (WORK_STORE + 1));
        CLEANUP(freep) Value *stored = malloc((n + 1) * sizeof(*stored));
        if (!stored)
                return -ENOMEM;
        int r = store_values(call, object, stored, &n_stored);
        for (size_t k = 0; k < n_stored; k++) {
                Value *slot = r == OUTCOME_DONE ? vector_at(v, slice_at(slice, k)) : &stored[k];
                value_drop(object, slot);
                if (r == OUTCOME_DONE)
                        *slot = stored[k];
                if (r == OUTCOME_DONE)
                        change_report_splice(object, v->n, slice_at(slice, k), 1, 1);
        }
        return r;
}

int shared_list_set_slice(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        Slice slice;

        int r = slice_get(call, 0, v->n, &slice);
        if (r != OUTCOME_DONE)
                return r;
        r = slice.step == 1 ? vector_splice_array(call, object, v, (size_t)slice.first, slice.n, 3)
                            : shared_list_set_extended(call, object, &slice);
        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

int shared_list_delete_slice(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        Slice slice;

        int r = slice_get(call, 0, v->n, &slice);
        if (r != OUTCOME_DONE)
                return r;
        slice = slice_ascending(slice);
        if (slice.step == 1) {
                if (slice.n)
                        vector_remove(object, v, (size_t)slice.first, slice.n);
                return call_return_null(call);
        }
        /* One pass moves the deleted elements to the end, in order, where they are removed
         * together. */
        Value *gone = slice.n ? malloc(slice.n * sizeof(*gone)) : NULL;
        if (slice.n && !gone)
                return -ENOMEM;
        work_count(call->core, v->n / WORK_PER_SWAP);
        change_report_splice(object, v->n, 0, v->n, v->n);
        size_t k = 0, to = 0;
        for (size_t i = 0; i < v->n; i++) {
                if (k < slice.n && i == slice_at(&slice, k))
                        gone[k++] = *vector_at(v, i);
                else
                        *vector_at(v, to++) = *vector_at(v, i);
        }
        if (k)
                pages_set(v, sizeof(*gone), to, k, gone);
        free(gone);
        vector_remove(object, v, to, k);
        return call_return_null(call);
}

/* Returns 0 for an invalid slice, which the method refuses. */
static uint64_t slice_length(const Call *call, const Object *object) {
        Slice slice;

        return slice_find(call, 0, shared_list_vector((Object *)object)->n, &slice) ? slice.n : 0;
}

uint64_t shared_list_work_slice(const Call *call, const Object *object) {
        return 1 + slice_length(call, object) * WORK_READ;
}

/* Counts the deleted elements, and all others, which may have to move. */
uint64_t shared_list_work_delete_slice(const Call *call, const Object *object) {
        size_t n = shared_list_vector((Object *)object)->n;

        return 1 + slice_length(call, object) + n / WORK_PER_SWAP + n / WORK_PER_MOVE;
}

uint64_t shared_list_work_set_slice(const Call *call, const Object *object) {
        return 2 * work_store(call, object) + slice_length(call, object) +
               2 * shared_list_vector((Object *)object)->n / WORK_PER_MOVE;
}
