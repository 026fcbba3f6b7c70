/* Slices of a list: answered, replaced, taken out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/call-work.h"
#include "call/call.h"
#include "json/json-util.h"
#include "types/answer-room.h"
#include "types/shared-list.h"
#include "types/slice.h"
#include "value.h"
#include "work.h"

#define ADVICE "use list.slice"

static int shared_list_answer(Call *call, const Vector *v, const Slice *slice) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        AnswerRoom room = answer_room_of_call(call);
        int r = array ? OUTCOME_DONE : -ENOMEM;

        work_count(call->core, slice->n * WORK_READ);
        for (size_t k = 0; k < slice->n && r == OUTCOME_DONE; k++)
                r = answer_room_push(call, &room, array, v->values[slice_at(slice, k)], ADVICE);
        return r == OUTCOME_DONE ? call_return_json(call, TAKE_PTR(array)) : r;
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

/* Every step-th value is replaced: as many as there are, all or none. */
static int shared_list_set_extended(Call *call, Object *object, const Slice *slice,
                                    struct json_object *values) {
        Vector *v = shared_list_vector(object);
        size_t n = json_object_array_length(values), n_stored = 0;
        int r = OUTCOME_DONE;

        if (n != slice->n)
                return call_refuse_arg(
                        call, "values",
                        "values: %zu values for a slice of %zu; with a step other than 1 "
                        "their numbers must be the same",
                        n, slice->n);
        work_count(call->core, n * (WORK_STORE + 1));
        while (n_stored < n && r == OUTCOME_DONE) {
                r = value_store(call, object, json_object_array_get_idx(values, n_stored));
                n_stored += r == OUTCOME_DONE;
        }
        for (size_t k = 0; k < n_stored; k++) {
                struct json_object *unused = json_object_array_get_idx(values, k);
                if (r == OUTCOME_DONE) {
                        struct json_object **slot = &v->values[slice_at(slice, k)];
                        struct json_object *old = *slot;
                        *slot = unused;
                        unused = old;
                }
                value_drop(object, unused);
        }
        return r;
}

int shared_list_set_slice(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        struct json_object *values = call_json(call, 3);
        Slice slice;

        int r = slice_get(call, 0, v->n, &slice);
        if (r != OUTCOME_DONE)
                return r;
        r = slice.step == 1
                    ? vector_splice_array(call, object, v, (size_t)slice.first, slice.n, values)
                    : shared_list_set_extended(call, object, &slice, values);
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
        /* One pass: what goes is moved to the end, in its order, and removed there. */
        struct json_object **gone = slice.n ? malloc(slice.n * sizeof(*gone)) : NULL;
        if (slice.n && !gone)
                return -ENOMEM;
        work_count(call->core, v->n / WORK_PER_SWAP);
        size_t k = 0, to = 0;
        for (size_t i = 0; i < v->n; i++) {
                if (k < slice.n && i == slice_at(&slice, k))
                        gone[k++] = v->values[i];
                else
                        v->values[to++] = v->values[i];
        }
        if (k)
                memcpy(v->values + to, gone, k * sizeof(*gone));
        free(gone);
        vector_remove(object, v, to, k);
        return call_return_null(call);
}

/* A slice that cannot be read is refused by the method itself. */
static uint64_t slice_length(const Call *call, const Object *object) {
        Slice slice;

        return slice_find(call, 0, shared_list_vector((Object *)object)->n, &slice) ? slice.n : 0;
}

uint64_t shared_list_work_slice(const Call *call, const Object *object) {
        return 1 + slice_length(call, object) * WORK_READ;
}

/* Elements that are dropped, and all others that may have to be moved. */
uint64_t shared_list_work_delete_slice(const Call *call, const Object *object) {
        return 1 + slice_length(call, object) +
               shared_list_vector((Object *)object)->n / WORK_PER_SWAP;
}

uint64_t shared_list_work_set_slice(const Call *call, const Object *object) {
        return 2 * work_store(call, object) + slice_length(call, object) +
               shared_list_vector((Object *)object)->n / WORK_PER_MOVE;
}
