/* Vectors of stored values. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "call/call-work.h"
#include "call/call.h"
#include "change.h"
#include "core-state.h"
#include "object.h"
#include "remains.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/vector.h"
#include "value.h"
#include "work.h"

enum {
        VALUE_STEPS = 1, /* for dropping one, besides its bytes */
        DROPPED_AT_ONCE = 16,
};

/* The pages at both ends have unused slots, at most an eighth of all. They are charged in
 * advance. */
enum { SLOTS_PER_SPARE = 8 };
enum { SLOT_SIZE = sizeof(Value), SLOT_COST = SLOT_SIZE + SLOT_SIZE / SLOTS_PER_SPARE };

/* A splice moves the values before it or those behind it, whichever are fewer. */
static bool is_front_nearer(const Vector *v, size_t position, size_t n_old) {
        return position < v->n - position - n_old;
}

uint64_t vector_work_of_moves(const Vector *v, size_t position, size_t n_old, size_t n_new) {
        bool is_front = is_front_nearer(v, position, n_old);
        size_t n = n_new > n_old ? n_new - n_old : n_old - n_new;

        return n == 0 ? 0
                      : pages_moves(is_front ? position : v->n - position - n_old, n) /
                                WORK_PER_MOVE;
}

/* Makes room for n_new values in place of n_old. The pages must have enough slots. */
static void vector_make_place(Core *core, Vector *v, size_t position, size_t n_old, size_t n_new) {
        bool is_front = is_front_nearer(v, position, n_old);

        work_count(core, vector_work_of_moves(v, position, n_old, n_new));
        if (n_new > n_old)
                pages_open(v, SLOT_SIZE, is_front, is_front ? position : position + n_old,
                           n_new - n_old);
        else if (n_new < n_old)
                pages_close(v, SLOT_SIZE, is_front, is_front ? position : position + n_new,
                            n_old - n_new);
}

/* Values to store: an array, or the elements of an array in the request. */
typedef struct Given {
        const Value *values; /* may be NULL */
        JsonCursor cursor;
        size_t n;
} Given;

static int given_store(Call *call, Object *object, Given *given, size_t i, Value *ret) {
        JsonSpan span;

        if (given->values)
                return value_store(call, object, &given->values[i], ret);
        json_cursor_next(&given->cursor, NULL, &span);
        return value_store_span(call, object, &span, ret);
}

/* Stores all values or none. */
static int store_all(Call *call, Object *object, Given *given, Value *ret) {
        int r = value_charge(call, object, given->n * SLOT_COST);
        if (r != OUTCOME_DONE)
                return r;
        work_count(object->core, given->n * WORK_STORE);
        for (size_t i = 0; i < given->n; i++) {
                r = given_store(call, object, given, i, &ret[i]);
                if (r == OUTCOME_DONE)
                        continue;
                while (i > 0)
                        value_drop(object, &ret[--i]);
                value_release(object, given->n * SLOT_COST);
                return r;
        }
        return OUTCOME_DONE;
}

typedef struct VectorRemains {
        Remains remains;
        Vector values; /* owned */
} VectorRemains;

static bool values_drop(Remains *remains) {
        VectorRemains *gone = (VectorRemains *)remains;
        Object *object = remains->object;

        while (gone->values.n > 0) {
                uint64_t n_bytes = object->n_bytes;
                if (!work_is_allowed(object->core))
                        return false;
                value_drop(object, vector_at(&gone->values, 0));
                pages_drop_first(&gone->values);
                value_release(object, SLOT_COST);
                work_spend(object->core, VALUE_STEPS + work_of_bytes(n_bytes - object->n_bytes));
        }
        pages_deinit(&gone->values);
        return true;
}

void vector_clear(Object *object, Vector *v) {
        VectorRemains gone = {.remains.kind = &vector_remains, .values = *v};

        change_report_splice(object, v->n, 0, v->n, 0);
        *v = (Vector){0};
        remains_leave(object, &gone.remains, sizeof(gone));
}

static void drop_at_once(Object *object, Vector *v, size_t position, size_t n) {
        for (size_t i = position; i < position + n; i++)
                value_drop(object, vector_at(v, i));
        value_release(object, n * SLOT_COST);
        work_count(object->core, n * VALUE_STEPS);
}

/* Drops values whose slots the caller will overwrite. */
static void drop_all(Object *object, Vector *v, size_t position, size_t n) {
        VectorRemains gone = {.remains.kind = &vector_remains};

        if (n <= DROPPED_AT_ONCE || pages_reserve(&gone.values, SLOT_SIZE, false, n) < 0) {
                drop_at_once(object, v, position, n);
                return;
        }
        pages_open(&gone.values, SLOT_SIZE, false, 0, n);
        for (size_t i = 0; i < n; i++)
                *vector_at(&gone.values, i) = *vector_at(v, position + i);
        work_count(object->core, work_of_bytes(n * SLOT_SIZE));
        remains_leave(object, &gone.remains, sizeof(gone));
}

/* Puts stored values in place of others. The pages must have enough slots. */
static void put(Object *object, Vector *v, size_t position, size_t n_old, const Value *stored,
                size_t n_new) {
        change_report_splice(object, v->n, position, n_old, n_new);
        if (n_old)
                drop_all(object, v, position, n_old);
        vector_make_place(object->core, v, position, n_old, n_new);
        pages_set(v, SLOT_SIZE, position, n_new, stored);
        if (n_new < n_old)
                pages_trim(v, SLOT_SIZE);
}

/* Stores the values outside of the vector until nothing can fail any more. */
static int splice(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                  Given *given) {
        CLEANUP(freep) Value *many = NULL;
        Value one, *stored = &one;
        size_t n_more = given->n > n_old ? given->n - n_old : 0;
        int r = n_more ? pages_reserve(v, SLOT_SIZE, is_front_nearer(v, position, n_old), n_more)
                       : 0;

        if (r == 0 && given->n > 1)
                stored = many = malloc(given->n * sizeof(*many));
        if (r == 0)
                r = stored || given->n == 0 ? store_all(call, object, given, stored) : -ENOMEM;
        if (r == OUTCOME_DONE)
                put(object, v, position, n_old, stored, given->n);
        else
                pages_trim(v, SLOT_SIZE); /* the new room was charged to no user */
        return r;
}

int vector_splice(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                  const Value *new_values, size_t n_new) {
        Given given = {.values = new_values, .n = n_new};

        return splice(call, object, v, position, n_old, &given);
}

int vector_splice_array(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                        unsigned arg) {
        Given given = {.n = call_length(call, arg)};

        call_cursor(call, arg, &given.cursor);
        return splice(call, object, v, position, n_old, &given);
}

static void vector_close_gap(Object *object, Vector *v, size_t position, size_t n) {
        vector_make_place(object->core, v, position, n, 0);
        pages_trim(v, SLOT_SIZE);
}

void vector_remove(Object *object, Vector *v, size_t position, size_t n) {
        if (n == v->n) {
                vector_clear(object, v);
                return;
        }
        if (n == 0)
                return;
        change_report_splice(object, v->n, position, n, 0);
        drop_all(object, v, position, n);
        vector_close_gap(object, v, position, n);
}

Value vector_take(Call *call, Object *object, Vector *v, size_t position) {
        Value taken = value_drop_to_caller(call, object, vector_at(v, position));

        value_release(object, SLOT_COST);
        change_report_splice(object, v->n, position, 1, 0);
        vector_close_gap(object, v, position, 1);
        return taken;
}

/* ---- In a snapshot */

void vector_save(const Vector *v, SnapshotWriter *w) {
        for (size_t i = 0; i < v->n; i++) {
                snapshot_put_content(w);
                snapshot_write_value(w, NULL, vector_at(v, i));
        }
}

int vector_load(Object *object, Vector *v, SnapshotReader *r) {
        JsonSpan element;

        while (snapshot_next_content(r, &element)) {
                Value value;
                int error = pages_reserve(v, SLOT_SIZE, false, 1);
                if (error < 0)
                        return snapshot_fail(r, error, "memory ran out");
                if (snapshot_read_value(r, &element, &value) < 0)
                        break;
                pages_open(v, SLOT_SIZE, false, v->n, 1);
                *vector_at(v, v->n - 1) = value;
                value_restore(object, &value);
                value_restore_bytes(object, SLOT_COST);
        }
        pages_trim(v, SLOT_SIZE);
        return r->error;
}

static void vector_remains_save(const Remains *remains, SnapshotWriter *w) {
        vector_save(&((const VectorRemains *)remains)->values, w);
}

static int vector_remains_load(Object *object, SnapshotReader *r) {
        VectorRemains gone = {.remains.kind = &vector_remains};

        vector_load(object, &gone.values, r);
        int error = remains_restore(object, &gone.remains, sizeof(gone));
        return error < 0 ? snapshot_fail(r, error, "memory ran out") : r->error;
}

const RemainsKind vector_remains = {
        .name = "values",
        .drop = values_drop,
        .save = vector_remains_save,
        .load = vector_remains_load,
};
