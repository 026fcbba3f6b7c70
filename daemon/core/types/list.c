/* list: values in order, with the indices and slices of Python. */
#include <errno.h>
#include <stdlib.h>

#include "call/call.h"
#include "call/call-work.h"
#include "change.h"
#include "core-state.h"
#include "object.h"
#include "types/arith.h"
#include "types/expect.h"
#include "types/answer-room.h"
#include "types/shared-list.h"
#include "types/slice.h"
#include "types/types.h"
#include "value.h"
#include "work.h"

/* Appends the elements of the first argument. */
static int shared_list_append_all(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);

        return vector_splice_array(call, object, v, v->n, 0, 0);
}

static int shared_list_init(Object *object, Call *open) {
        return call_has(open, 0) ? shared_list_append_all(open, object) : OUTCOME_DONE;
}

static void shared_list_deinit(Object *object) {
        vector_clear(object, shared_list_vector(object));
}

static size_t shared_list_size(Object *object) {
        return shared_list_vector(object)->n;
}

static int shared_list_return_null(Call *call, int r) {
        return r == OUTCOME_DONE ? call_return_null(call) : r;
}

static int shared_list_get(Call *call, Object *object) {
        const Vector *v = shared_list_vector(object);
        size_t i;

        int r = index_get(call, 0, 0, v->n, &i);
        return r == OUTCOME_DONE ? call_return_value(call, value_ref(vector_at(v, i))) : r;
}

/* Replaces one value. */
static int shared_list_replace(Call *call, Object *object, size_t i, const Value *value) {
        change_report_splice(object, shared_list_size(object), i, 1, 1);
        return value_replace(call, object, vector_at(shared_list_vector(object), i), value);
}

static int shared_list_set(Call *call, Object *object) {
        size_t i;
        int r = index_get(call, 0, 0, shared_list_size(object), &i);

        if (r == OUTCOME_DONE)
                r = shared_list_replace(call, object, i, call_value(call, 1));
        return shared_list_return_null(call, r);
}

static int shared_list_append(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);

        return shared_list_return_null(
                call, vector_splice(call, object, v, v->n, 0, call_value(call, 0), 1));
}

static int shared_list_extend(Call *call, Object *object) {
        return shared_list_return_null(call, shared_list_append_all(call, object));
}

static int shared_list_insert(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        size_t i = position_limit(call_int(call, 0, 0), v->n);

        return shared_list_return_null(
                call, vector_splice(call, object, v, i, 0, call_value(call, 1), 1));
}

static int shared_list_pop(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        size_t i;

        if (v->n == 0)
                return call_refuse(call, ENODATA, "the list is empty");
        int r = index_get(call, 0, -1, v->n, &i);
        if (r == OUTCOME_DONE)
                r = answer_room_check(call, vector_at(v, i));
        return r == OUTCOME_DONE ? call_return_value(call, vector_take(call, object, v, i)) : r;
}

static int shared_list_length(Call *call, Object *object) {
        return call_return_int(call, (int64_t)shared_list_size(object));
}

static int shared_list_delete(Call *call, Object *object) {
        size_t i;
        int r = index_get(call, 0, 0, shared_list_size(object), &i);

        if (r == OUTCOME_DONE)
                vector_remove(object, shared_list_vector(object), i, 1);
        return shared_list_return_null(call, r);
}

static int shared_list_reverse(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);

        work_count(call->core, v->n / WORK_PER_SWAP);
        change_report_splice(object, v->n, 0, v->n, v->n);
        for (size_t i = 0; i + 1 < v->n - i; i++) {
                Value other = *vector_at(v, v->n - 1 - i);
                *vector_at(v, v->n - 1 - i) = *vector_at(v, i);
                *vector_at(v, i) = other;
        }
        return call_return_null(call);
}

/* Repeats the list as *= n in Python does. It checks the bound on stored bytes before it allocates
 * memory for all values. */
static int shared_list_repeat(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        int64_t n = call_int(call, 0, 1);
        size_t n_new;

        if (n <= 0) {
                vector_clear(object, v);
                return call_return_null(call);
        }
        if (__builtin_mul_overflow(v->n, (size_t)(n - 1), &n_new) ||
            n_new > call->core->limits.bytes / sizeof(Value))
                return call_refuse(call, EDQUOT,
                                   "%zu elements repeated %lld times are more than a list may have",
                                   v->n, (long long)n);
        if (n_new == 0)
                return call_return_null(call);
        uint64_t cost;
        if (__builtin_mul_overflow(object->n_bytes, (uint64_t)(n - 1), &cost))
                cost = UINT64_MAX;
        int r = value_charge(call, object, cost);
        if (r != OUTCOME_DONE)
                return r;
        value_release(object, cost);
        CLEANUP(freep) Value *many = malloc(n_new * sizeof(*many));
        if (!many)
                return -ENOMEM;
        work_count(call->core, n_new);
        for (size_t i = 0; i < n_new; i++)
                many[i] = *vector_at(v, i % v->n);
        return shared_list_return_null(call, vector_splice(call, object, v, v->n, 0, many, n_new));
}

static int shared_list_clear(Call *call, Object *object) {
        vector_clear(object, shared_list_vector(object));
        return call_return_null(call);
}

static int shared_list_add(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        Value sum;
        size_t i;

        int r = index_get(call, 0, 0, v->n, &i);
        if (r == OUTCOME_DONE)
                r = arith_add(call, vector_at(v, i), call_value(call, 1), &sum);
        if (r == OUTCOME_DONE)
                r = expect_check(call, 2, &sum);
        if (r == OUTCOME_DONE)
                r = shared_list_replace(call, object, i, &sum);
        return r == OUTCOME_DONE ? call_return_value(call, sum) : r;
}

static int shared_list_cas(Call *call, Object *object) {
        Vector *v = shared_list_vector(object);
        size_t i;

        int r = index_get(call, 0, 0, v->n, &i);
        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, work_of_comparing(vector_at(v, i), call_value(call, 1)));
        if (!value_equal(vector_at(v, i), call_value(call, 1)))
                return call_return_bool(call, false);
        r = shared_list_replace(call, object, i, call_value(call, 2));
        return r == OUTCOME_DONE ? call_return_bool(call, true) : r;
}

#define INDEX_ARG                                                                                  \
        { .name = "index", .kind = ARG_INT, .help = "which element; negative counts from the end" }
#define VALUE_ARG                                                                                  \
        { .name = "value", .kind = ARG_ANY, .help = "the value" }
#define VALUES_ARG                                                                                 \
        { .name = "values", .kind = ARG_ARRAY, .help = "the values" }

static const Arg open_args[] = {
        {.name = "value",
         .kind = ARG_ARRAY,
         .optional = true,
         .fallback = "[]",
         .role = OPEN_START,
         .help = "the first elements"},
        {0},
};

static const Arg index_args[] = {INDEX_ARG, {0}};
static const Arg index_value_args[] = {INDEX_ARG, VALUE_ARG, {0}};
static const Arg value_args[] = {VALUE_ARG, {0}};
static const Arg values_args[] = {VALUES_ARG, {0}};
static const Arg slice_args[] = {SLICE_ARGS, {0}};

/* VALUES comes last, so a call by place passes the parameters before it, if only as null. */
static const Arg set_slice_args[] = {SLICE_ARGS, VALUES_ARG, {0}};

static const Arg insert_args[] = {
        {.name = "index",
         .kind = ARG_INT,
         .help = "before which element; beyond an end is that end"},
        VALUE_ARG,
        {0},
};

static const Arg pop_args[] = {
        {.name = "index",
         .kind = ARG_INT,
         .optional = true,
         .fallback = "-1",
         .help = "which element; negative counts from the end"},
        {0},
};

static const Arg search_args[] = {
        VALUE_ARG,
        {.name = "start",
         .kind = ARG_INT,
         .optional = true,
         .fallback = "0",
         .help = "where to begin"},
        {.name = "stop",
         .kind = ARG_INT,
         .optional = true,
         .help = "where to stop; this element is left out"},
        {0},
};

static const Arg sort_args[] = {
        {.name = "reverse",
         .kind = ARG_BOOL,
         .optional = true,
         .fallback = "false",
         .help = "the greatest first; equal ones keep their order"},
        {0},
};

static const Arg repeat_args[] = {
        {.name = "n", .kind = ARG_INT, .help = "how many times to repeat the elements"},
        {0},
};

static const Arg add_args[] = {
        INDEX_ARG,
        {.name = "delta", .kind = ARG_NUMBER, .help = "what to add; may be negative"},
        EXPECT_NUMBER_ARG,
        {0},
};

static const Arg cas_args[] = {
        INDEX_ARG,
        {.name = "expected", .kind = ARG_ANY, .help = "the expected value"},
        {.name = "value", .kind = ARG_ANY, .help = "the value to set"},
        {0},
};

static uint64_t work_of_moves(const Object *object, size_t position, size_t n_old, size_t n_new) {
        return vector_work_of_moves(shared_list_vector((Object *)object), position, n_old, n_new);
}

static uint64_t shared_list_work_append(const Call *call, const Object *object) {
        size_t n = shared_list_size((Object *)object);

        return work_plus(work_store(call, object), work_of_moves(object, n, 0, 1));
}

static uint64_t shared_list_work_extend(const Call *call, const Object *object) {
        size_t n = shared_list_size((Object *)object);

        return work_plus(work_store(call, object),
                         work_of_moves(object, n, 0, call_length(call, 0)));
}

static uint64_t shared_list_work_insert(const Call *call, const Object *object) {
        size_t i = position_limit(call_int(call, 0, 0), shared_list_size((Object *)object));

        return work_plus(work_store(call, object), 1 + work_of_moves(object, i, 0, 1));
}

static uint64_t shared_list_work_pop(const Call *call, const Object *object) {
        size_t n = shared_list_size((Object *)object);
        size_t i = position_limit(call_int(call, 0, -1), n);

        return n == 0 ? 1 : 1 + work_of_moves(object, i < n ? i : n - 1, 1, 0);
}

static uint64_t shared_list_work_reverse(const Call *call, const Object *object) {
        return 1 + shared_list_size((Object *)object) / WORK_PER_SWAP;
}

/* Each new element is put in its place, and stored. */
static uint64_t shared_list_work_repeat(const Call *call, const Object *object) {
        int64_t n = call_int(call, 0, 1);
        uint64_t n_times = n > 1 ? (uint64_t)n - 1 : 0;

        return work_plus(1, work_times(shared_list_size((Object *)object),
                                       work_times(n_times, WORK_STORE + 1)));
}

static const Method methods[] = {
        METHOD("get", shared_list_get, work_constant, 0, index_args, ANY_SCHEMA,
               "the element at an index"),
        METHOD("set", shared_list_set, work_store, METHOD_WRITES, index_value_args, NULL_SCHEMA,
               "replace an element"),
        METHOD("append", shared_list_append, shared_list_work_append, METHOD_WRITES, value_args,
               NULL_SCHEMA, "add a value at the end"),
        METHOD("extend", shared_list_extend, shared_list_work_extend, METHOD_WRITES, values_args,
               NULL_SCHEMA, "add values at the end, all or none", .instead = "add fewer at a time"),
        METHOD("insert", shared_list_insert, shared_list_work_insert, METHOD_WRITES, insert_args,
               NULL_SCHEMA, "add a value before an element"),
        METHOD("pop", shared_list_pop, shared_list_work_pop, METHOD_READS | METHOD_WRITES, pop_args,
               ANY_SCHEMA, "remove an element and return it"),
        METHOD("remove", shared_list_remove, shared_list_work_search, METHOD_READS | METHOD_WRITES,
               value_args, NULL_SCHEMA, "remove the first element that equals a value",
               .instead = "use list.index with a start and a stop"),
        METHOD("index", shared_list_index, shared_list_work_index, 0, search_args, INTEGER_SCHEMA,
               "the index of the first element that equals a value",
               .instead = "give a start and a stop"),
        METHOD("count", shared_list_count, shared_list_work_search, 0, value_args, INTEGER_SCHEMA,
               "how many elements equal a value",
               .instead = "use list.index with a start and a stop"),
        METHOD("contains", shared_list_contains, shared_list_work_search, 0, value_args,
               BOOLEAN_SCHEMA, "whether an element equals a value",
               .instead = "use list.index with a start and a stop"),
        METHOD("length", shared_list_length, work_constant, 0, NULL, INTEGER_SCHEMA,
               "the number of elements"),
        METHOD("slice", shared_list_slice, shared_list_work_slice, 0, slice_args, ARRAY_SCHEMA,
               "some elements, as Python's slices", .instead = "ask for a shorter slice"),
        METHOD("set_slice", shared_list_set_slice, shared_list_work_set_slice, METHOD_WRITES,
               set_slice_args, NULL_SCHEMA, "replace a slice by values, all or none",
               .instead = "set a shorter slice"),
        METHOD("delete", shared_list_delete, shared_list_work_pop, METHOD_WRITES, index_args,
               NULL_SCHEMA, "remove an element"),
        METHOD("delete_slice", shared_list_delete_slice, shared_list_work_delete_slice,
               METHOD_WRITES, slice_args, NULL_SCHEMA, "remove a slice",
               .instead = "delete a shorter slice"),
        METHOD("reverse", shared_list_reverse, shared_list_work_reverse, METHOD_WRITES, NULL,
               NULL_SCHEMA, "reverse the order"),
        METHOD("sort", shared_list_sort, shared_list_work_sort, METHOD_WRITES, sort_args,
               NULL_SCHEMA, "sort, if all elements can be compared",
               .instead = "read it with list.slice and sort it in the program"),
        METHOD("repeat", shared_list_repeat, shared_list_work_repeat, METHOD_WRITES, repeat_args,
               NULL_SCHEMA, "repeat the elements n times", .instead = "repeat fewer times"),
        METHOD("clear", shared_list_clear, work_constant, METHOD_WRITES, NULL, NULL_SCHEMA,
               "remove all elements"),
        METHOD("copy", shared_list_copy, work_read_all, 0, NULL, ARRAY_SCHEMA, "all elements",
               .instead = "use list.slice, part by part"),
        METHOD("add", shared_list_add, work_store, METHOD_READS | METHOD_WRITES, add_args,
               "{\"type\":\"number\"}", "add to an element that is a number and return the sum"),
        METHOD("cas", shared_list_cas, work_compare, METHOD_READS | METHOD_WRITES, cas_args,
               BOOLEAN_SCHEMA,
               "set an element if it has the expected value, and return whether it had"),
        {0},
};

const Type type_list = {
        .name = "list",
        .help = "values in order, with Python's indices and slices",
        .size = sizeof(SharedList),
        .open_args = open_args,
        .init = shared_list_init,
        .deinit = shared_list_deinit,
        .save = shared_list_save,
        .can_be_durable = true,
        .save_next = shared_list_save_next,
        .load = shared_list_load,
        .length = shared_list_size,
        .methods = methods,
};
