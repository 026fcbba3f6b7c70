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

/* A removal of one element in the middle costs the same wherever it is, so a few elements that are far from each other are
 * removed one by one. Otherwise all elements from the first to the last of the slice are read once. */
static uint64_t work_of_one(const Vector *v) {
        return 2 + vector_work_of_moves(v, v->n / 2, 1, 0);
}

static size_t extended_span(const Slice *ascending) {
        return (ascending->n - 1) * (size_t)ascending->step + 1;
}

static bool is_sparse(const Vector *v, const Slice *ascending) {
        return work_times(ascending->n, work_of_one(v)) < extended_span(ascending) / WORK_PER_SWAP;
}

/* One pass moves the deleted elements behind those that stay, in order, where they are removed
 * together. */
static int delete_together(Object *object, const Slice *slice) {
        Vector *v = shared_list_vector(object);
        size_t first = (size_t)slice->first, n_span = extended_span(slice), to = first;
        CLEANUP(freep) Value *gone = malloc(slice->n * sizeof(*gone));

        if (!gone)
                return -ENOMEM;
        work_count(object->core, n_span / WORK_PER_SWAP);
        change_report_splice(object, v->n, first, n_span, n_span);
        for (size_t k = 0; k < slice->n; k++) {
                size_t i = slice_at(slice, k), next = k + 1 < slice->n ? slice_at(slice, k + 1) : i;
                gone[k] = *vector_at(v, i);
                while (++i < next)
                        *vector_at(v, to++) = *vector_at(v, i);
        }
        pages_set(v, sizeof(*gone), to, slice->n, gone);
        vector_remove(object, v, to, slice->n);
        return OUTCOME_DONE;
}

static int delete_extended(Object *object, const Slice *slice) {
        Vector *v = shared_list_vector(object);

        if (!is_sparse(v, slice))
                return delete_together(object, slice);
        for (size_t k = slice->n; k > 0; k--)
                vector_remove(object, v, slice_at(slice, k - 1), 1);
        return OUTCOME_DONE;
}

int shared_list_delete_slice(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        Slice slice;

        int r = slice_get(call, 0, v->n, &slice);
        if (r != OUTCOME_DONE)
                return r;
        slice = slice_ascending(slice);
        if (slice.n > 0 && slice.step == 1)
                vector_remove(object, v, (size_t)slice.first, slice.n);
        else if (slice.n > 0)
                r = delete_extended(object, &slice);
        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

/* Returns an empty slice instead of an invalid one, which the method refuses. */
static Slice slice_of(const Call *call, const Object *object) {
        Slice slice;

        return slice_find(call, 0, shared_list_vector((Object *)object)->n, &slice)
                       ? slice
                       : (Slice){.step = 1};
}

uint64_t shared_list_work_slice(const Call *call, const Object *object) {
        return 1 + slice_of(call, object).n * WORK_READ;
}

/* Counts the deleted elements, and the others that move. */
uint64_t shared_list_work_delete_slice(const Call *call, const Object *object) {
        const Vector *v = shared_list_vector((Object *)object);
        Slice slice = slice_ascending(slice_of(call, object));
        size_t first = (size_t)slice.first;

        if (slice.n == 0)
                return 1;
        if (slice.step == 1)
                return 1 + slice.n + vector_work_of_moves(v, first, slice.n, 0);
        if (is_sparse(v, &slice))
                return 1 + slice.n * work_of_one(v);
        size_t n_span = extended_span(&slice);
        return 1 + slice.n + n_span / WORK_PER_SWAP +
               vector_work_of_moves(v, first + n_span - slice.n, slice.n, 0);
}

uint64_t shared_list_work_set_slice(const Call *call, const Object *object) {
        Slice slice = slice_of(call, object);
        uint64_t n_moves =
                slice.step == 1
                        ? vector_work_of_moves(shared_list_vector((Object *)object),
                                               (size_t)slice.first, slice.n, call_length(call, 3))
                        : 0;

        return 2 * work_store(call, object) + slice.n + n_moves;
}
