/* Vectors of stored values. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "call/call-work.h"
#include "core-state.h"
#include "object.h"
#include "remains.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/vector.h"
#include "value.h"
#include "work.h"

enum {
        VALUE_STEPS = 1, /* of dropping one, besides its bytes */
        DROPPED_AT_ONCE = 16,
};

/* For each slot that is used there is at most one that is not, but for a few: half a one is charged. */
enum { CAPACITY_MIN = 8, SLOT_COST = sizeof(struct json_object *) * 3 / 2 };

static int vector_reserve(Vector *v, size_t n) {
        size_t n_capacity = v->n_capacity > CAPACITY_MIN ? v->n_capacity : CAPACITY_MIN;

        if (n <= v->n_capacity)
                return 0;
        while (n_capacity < n)
                n_capacity *= 2;
        struct json_object **grown = reallocarray(v->values, n_capacity, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        v->values = grown;
        v->n_capacity = n_capacity;
        return 0;
}

/* Gives memory back when most of it is unused; where that fails, it stays large. */
static void vector_shrink(Vector *v) {
        if (v->n_capacity <= CAPACITY_MIN || v->n >= v->n_capacity / 4)
                return;
        size_t n_capacity = v->n_capacity / 2;
        while (n_capacity > CAPACITY_MIN && v->n < n_capacity / 4)
                n_capacity /= 2;
        struct json_object **smaller = reallocarray(v->values, n_capacity, sizeof(*smaller));
        if (!smaller)
                return;
        v->values = smaller;
        v->n_capacity = n_capacity;
}

/* Stores all of them, or none. */
static int store_all(Call *call, Object *object, struct json_object *const *values, size_t n) {
        int r = value_charge(call, object, n * SLOT_COST);
        if (r != OUTCOME_DONE)
                return r;
        work_count(object->core, n * WORK_STORE);
        for (size_t i = 0; i < n; i++) {
                r = value_store(call, object, values[i]);
                if (r == OUTCOME_DONE)
                        continue;
                while (i > 0)
                        value_drop(object, values[--i]);
                value_release(object, n * SLOT_COST);
                return r;
        }
        return OUTCOME_DONE;
}

typedef struct VectorRemains {
        Remains remains;
        struct json_object **values; /* owned */
        size_t at, n;
} VectorRemains;

static bool values_drop(Remains *remains) {
        VectorRemains *gone = (VectorRemains *)remains;
        Object *object = remains->object;

        for (; gone->at < gone->n; gone->at++) {
                uint64_t n_bytes = object->n_bytes;
                if (!work_is_allowed(object->core))
                        return false;
                value_drop(object, gone->values[gone->at]);
                value_release(object, SLOT_COST);
                work_spend(object->core, VALUE_STEPS + work_of_bytes(n_bytes - object->n_bytes));
        }
        free(gone->values);
        return true;
}

void vector_clear(Object *object, Vector *v) {
        VectorRemains gone = {.remains.kind = &vector_remains, .values = v->values, .n = v->n};

        *v = (Vector){0};
        remains_leave(object, &gone.remains, sizeof(gone));
}

static void drop_at_once(Object *object, struct json_object *const *values, size_t n) {
        for (size_t i = 0; i < n; i++)
                value_drop(object, values[i]);
        value_release(object, n * SLOT_COST);
        work_count(object->core, n * VALUE_STEPS);
}

/* Drops values that stay where they are in a vector until the caller moves others there. */
static void drop_all(Object *object, struct json_object *const *values, size_t n) {
        struct json_object **copy = n > DROPPED_AT_ONCE ? malloc(n * sizeof(*copy)) : NULL;

        if (!copy) {
                drop_at_once(object, values, n);
                return;
        }
        memcpy(copy, values, n * sizeof(*copy));
        work_count(object->core, work_of_bytes(n * sizeof(*copy)));
        VectorRemains gone = {.remains.kind = &vector_remains, .values = copy, .n = n};
        remains_leave(object, &gone.remains, sizeof(gone));
}

int vector_splice(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                  struct json_object *const *new_values, size_t n_new) {
        int r = vector_reserve(v, v->n - n_old + n_new);

        if (r == 0)
                r = store_all(call, object, new_values, n_new);
        if (r != OUTCOME_DONE) {
                /* Nobody was charged for the room that was made. */
                vector_shrink(v);
                return r;
        }
        if (n_old)
                drop_all(object, v->values + position, n_old);
        size_t n_behind = v->n - position - n_old;
        work_count(object->core, n_behind / WORK_PER_MOVE);
        if (n_behind)
                memmove(v->values + position + n_new, v->values + position + n_old,
                        n_behind * sizeof(*v->values));
        if (n_new)
                memcpy(v->values + position, new_values, n_new * sizeof(*v->values));
        v->n = v->n - n_old + n_new;
        vector_shrink(v);
        return OUTCOME_DONE;
}

int vector_splice_array(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                        struct json_object *array) {
        const struct array_list *elements = json_object_get_array(array);

        return vector_splice(call, object, v, position, n_old,
                             (struct json_object *const *)elements->array, elements->length);
}

static void vector_close_gap(Object *object, Vector *v, size_t position, size_t n) {
        work_count(object->core, (v->n - position - n) / WORK_PER_MOVE);
        memmove(v->values + position, v->values + position + n,
                (v->n - position - n) * sizeof(*v->values));
        v->n -= n;
        vector_shrink(v);
}

void vector_remove(Object *object, Vector *v, size_t position, size_t n) {
        if (n == v->n) {
                vector_clear(object, v);
                return;
        }
        if (n == 0)
                return;
        drop_all(object, v->values + position, n);
        vector_close_gap(object, v, position, n);
}

struct json_object *vector_take(Call *call, Object *object, Vector *v, size_t position) {
        struct json_object *value = v->values[position];

        value_drop_to_caller(call, object, json_object_get(value));
        value_release(object, SLOT_COST);
        vector_close_gap(object, v, position, 1);
        return value;
}

/* ---- In a snapshot */

static void put_values(struct json_object *const *values, size_t n, SnapshotWriter *w) {
        for (size_t i = 0; i < n; i++) {
                snapshot_put_content(w);
                snapshot_write_value(w, NULL, values[i]);
        }
}

void vector_save(const Vector *v, SnapshotWriter *w) {
        put_values(v->values, v->n, w);
}

int vector_load(Object *object, Vector *v, SnapshotReader *r) {
        JsonSpan element;

        while (snapshot_next_content(r, &element)) {
                struct json_object *value;
                int error = vector_reserve(v, v->n + 1);
                if (error < 0)
                        return snapshot_fail(r, error, "there is no memory for it");
                if (snapshot_read_value(r, &element, &value) < 0)
                        break;
                v->values[v->n++] = value;
                value_restore(object, value);
                value_restore_bytes(object, SLOT_COST);
        }
        return r->error;
}

static void vector_remains_save(const Remains *remains, SnapshotWriter *w) {
        const VectorRemains *gone = (const VectorRemains *)remains;

        put_values(gone->values + gone->at, gone->n - gone->at, w);
}

static int vector_remains_load(Object *object, SnapshotReader *r) {
        Vector v = {0};

        vector_load(object, &v, r);
        VectorRemains gone = {.remains.kind = &vector_remains, .values = v.values, .n = v.n};
        int error = remains_restore(object, &gone.remains, sizeof(gone));
        return error < 0 ? snapshot_fail(r, error, "there is no memory for it") : r->error;
}

const RemainsKind vector_remains = {
        .name = "values",
        .drop = values_drop,
        .save = vector_remains_save,
        .load = vector_remains_load,
};
