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
        VALUE_STEPS = 1, /* of dropping one, besides its bytes */
        DROPPED_AT_ONCE = 16,
};

/* When it grows, a quarter of the slots that are used is left unused: half of those are charged. */
enum { CAPACITY_MIN = 8, SLOTS_PER_SPARE = 4 };
enum { SLOT_COST = sizeof(Value) + sizeof(Value) / (2 * SLOTS_PER_SPARE) };

static size_t capacity_for(size_t n) {
        size_t n_capacity = n + n / SLOTS_PER_SPARE;

        return n_capacity > CAPACITY_MIN ? n_capacity : CAPACITY_MIN;
}

static size_t vector_capacity(const Vector *v) {
        return v->n_before + v->n + v->n_behind;
}

static Value *vector_memory(const Vector *v) {
        return v->values ? v->values - v->n_before : NULL;
}

static void move(Core *core, Value *to, const Value *from, size_t n) {
        if (n == 0 || to == from)
                return;
        work_count(core, n / WORK_PER_MOVE);
        memmove(to, from, n * sizeof(*to));
}

/* Moves all values within the memory. */
static void vector_slide(Core *core, Vector *v, size_t n_before) {
        Value *values = vector_memory(v) + n_before;

        move(core, values, v->values, v->n);
        v->n_behind = vector_capacity(v) - v->n - n_before;
        v->n_before = n_before;
        v->values = values;
}

/* The values stay where they are in it. */
static int vector_resize(Vector *v, size_t n_capacity) {
        Value *memory = reallocarray(vector_memory(v), n_capacity, sizeof(*memory));

        if (!memory)
                return -ENOMEM;
        v->values = memory + v->n_before;
        v->n_behind = n_capacity - v->n_before - v->n;
        return 0;
}

/* The fewer of the values before a place and behind it are moved. */
static bool is_front_nearer(const Vector *v, size_t position, size_t n_old) {
        return position < v->n - position - n_old;
}

static bool is_room_lacking(const Vector *v, bool is_front, size_t n_more) {
        return (is_front ? v->n_before : v->n_behind) < n_more;
}

/* Makes room at one end. Slots that are unused at the other one serve if they are so many that all values are moved
 * only once in many calls; what is left of them is divided between the ends. */
static int vector_reserve(Core *core, Vector *v, bool is_front, size_t n_more) {
        if (!is_room_lacking(v, is_front, n_more))
                return 0;
        if (v->n_before + v->n_behind < n_more + v->n / (2 * SLOTS_PER_SPARE)) {
                int r = vector_resize(v, capacity_for(v->n + n_more));
                if (r < 0)
                        return r;
        }
        if (is_room_lacking(v, is_front, n_more)) {
                size_t n_each = (v->n_before + v->n_behind - n_more) / 2;
                vector_slide(core, v, is_front ? n_each + n_more : n_each);
        }
        return 0;
}

static bool is_mostly_unused(size_t n, size_t n_capacity) {
        return n_capacity > CAPACITY_MIN && n < n_capacity / 2;
}

/* Gives memory back when more than half of it is unused; where that fails, it stays large. */
static void vector_shrink(Core *core, Vector *v) {
        if (!is_mostly_unused(v->n, vector_capacity(v)))
                return;
        vector_slide(core, v, 0);
        vector_resize(v, capacity_for(v->n));
}

uint64_t vector_work_of_moves(const Vector *v, size_t position, size_t n_old, size_t n_new) {
        bool is_front = is_front_nearer(v, position, n_old);
        size_t n = v->n - n_old + n_new;
        size_t n_moved = is_front ? position : v->n - position - n_old;

        if (n_new > n_old && (is_front || v->n_before > 0) &&
            is_room_lacking(v, is_front, n_new - n_old))
                n_moved += v->n;
        if (n_new < n_old && is_mostly_unused(n, vector_capacity(v)))
                n_moved += n;
        return n_moved / WORK_PER_MOVE;
}

/* Makes a place for new values in that of old ones. The vector has room for them. */
static void vector_make_place(Core *core, Vector *v, size_t position, size_t n_old, size_t n_new) {
        size_t n_behind = v->n - position - n_old;

        if (is_front_nearer(v, position, n_old)) {
                Value *values = v->values + n_old - n_new;
                move(core, values, v->values, position);
                v->n_before = v->n_before + n_old - n_new;
                v->values = values;
        } else {
                move(core, v->values + position + n_new, v->values + position + n_old, n_behind);
                v->n_behind = v->n_behind + n_old - n_new;
        }
        v->n = v->n - n_old + n_new;
}

/* New values that are to be stored: in an array, or as the elements of one in the line. */
typedef struct Given {
        const Value *values; /* or NULL */
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

/* Stores all of them, or none. */
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
        Value *values; /* owned: the memory of a vector, with its values from `at` on */
        size_t at, n;
} VectorRemains;

static bool values_drop(Remains *remains) {
        VectorRemains *gone = (VectorRemains *)remains;
        Object *object = remains->object;

        for (; gone->at < gone->n; gone->at++) {
                uint64_t n_bytes = object->n_bytes;
                if (!work_is_allowed(object->core))
                        return false;
                value_drop(object, &gone->values[gone->at]);
                value_release(object, SLOT_COST);
                work_spend(object->core, VALUE_STEPS + work_of_bytes(n_bytes - object->n_bytes));
        }
        free(gone->values);
        return true;
}

void vector_clear(Object *object, Vector *v) {
        VectorRemains gone = {.remains.kind = &vector_remains,
                              .values = vector_memory(v),
                              .at = v->n_before,
                              .n = v->n_before + v->n};

        change_report_splice(object, v->n, 0, v->n, 0);
        *v = (Vector){0};
        remains_leave(object, &gone.remains, sizeof(gone));
}

static void drop_at_once(Object *object, Value *values, size_t n) {
        for (size_t i = 0; i < n; i++)
                value_drop(object, &values[i]);
        value_release(object, n * SLOT_COST);
        work_count(object->core, n * VALUE_STEPS);
}

/* Drops values that stay where they are in a vector until the caller moves others there. */
static void drop_all(Object *object, Value *values, size_t n) {
        Value *copy = n > DROPPED_AT_ONCE ? malloc(n * sizeof(*copy)) : NULL;

        if (!copy) {
                drop_at_once(object, values, n);
                return;
        }
        memcpy(copy, values, n * sizeof(*copy));
        work_count(object->core, work_of_bytes(n * sizeof(*copy)));
        VectorRemains gone = {.remains.kind = &vector_remains, .values = copy, .n = n};
        remains_leave(object, &gone.remains, sizeof(gone));
}

/* Puts stored values in the place of others. The vector has room for them. */
static void put(Object *object, Vector *v, size_t position, size_t n_old, const Value *stored,
                size_t n_new) {
        change_report_splice(object, v->n, position, n_old, n_new);
        if (n_old)
                drop_all(object, v->values + position, n_old);
        vector_make_place(object->core, v, position, n_old, n_new);
        if (n_new && stored != v->values + position)
                memcpy(v->values + position, stored, n_new * sizeof(*v->values));
        vector_shrink(object->core, v);
}

/* Appended values are stored in their final place, and all others elsewhere until nothing can fail any more. */
static int splice(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                  Given *given) {
        CLEANUP(freep) Value *many = NULL;
        Value one, *stored = &one;
        size_t n_more = given->n > n_old ? given->n - n_old : 0;
        int r = vector_reserve(object->core, v, is_front_nearer(v, position, n_old), n_more);

        if (r == 0 && position == v->n)
                stored = v->values + v->n;
        else if (r == 0 && given->n > 1)
                stored = many = malloc(given->n * sizeof(*many));
        if (r == 0)
                r = stored || given->n == 0 ? store_all(call, object, given, stored) : -ENOMEM;
        if (r == OUTCOME_DONE)
                put(object, v, position, n_old, stored, given->n);
        else
                vector_shrink(object->core, v); /* nobody was charged for the room that was made */
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
        vector_shrink(object->core, v);
}

void vector_remove(Object *object, Vector *v, size_t position, size_t n) {
        if (n == v->n) {
                vector_clear(object, v);
                return;
        }
        if (n == 0)
                return;
        change_report_splice(object, v->n, position, n, 0);
        drop_all(object, v->values + position, n);
        vector_close_gap(object, v, position, n);
}

Value vector_take(Call *call, Object *object, Vector *v, size_t position) {
        Value taken = value_drop_to_caller(call, object, &v->values[position]);

        value_release(object, SLOT_COST);
        change_report_splice(object, v->n, position, 1, 0);
        vector_close_gap(object, v, position, 1);
        return taken;
}

/* ---- In a snapshot */

static void put_values(const Value *values, size_t n, SnapshotWriter *w) {
        for (size_t i = 0; i < n; i++) {
                snapshot_put_content(w);
                snapshot_write_value(w, NULL, &values[i]);
        }
}

void vector_save(const Vector *v, SnapshotWriter *w) {
        put_values(v->values, v->n, w);
}

int vector_load(Object *object, Vector *v, SnapshotReader *r) {
        JsonSpan element;

        while (snapshot_next_content(r, &element)) {
                Value value;
                int error = vector_reserve(object->core, v, false, 1);
                if (error < 0)
                        return snapshot_fail(r, error, "memory ran out");
                if (snapshot_read_value(r, &element, &value) < 0)
                        break;
                v->values[v->n++] = value;
                v->n_behind--;
                value_restore(object, &value);
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
        return error < 0 ? snapshot_fail(r, error, "memory ran out") : r->error;
}

const RemainsKind vector_remains = {
        .name = "values",
        .drop = values_drop,
        .save = vector_remains_save,
        .load = vector_remains_load,
};
