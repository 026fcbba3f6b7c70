/* array: a fixed number of elements of one type. They are stored as machine numbers, not as JSON
 * values. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "change.h"
#include "core-state.h"
#include "json/json-util.h"
#include "object.h"
#include "open-options.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/arith.h"
#include "types/element.h"
#include "types/expect.h"
#include "types/answer.h"
#include "types/slice.h"
#include "types/types.h"
#include "value.h"
#include "work.h"

typedef struct Array {
        Object object;
        ElementType type;
        size_t length;
        union {
                int64_t *ints;
                double *doubles;
                bool *bools;
                void *elements;
        };
} Array;

enum { INIT_VALUE, INIT_TYPE, INIT_LENGTH };

static const size_t element_sizes[] = {
        [ELEMENT_INT64] = sizeof(int64_t),
        [ELEMENT_DOUBLE] = sizeof(double),
        [ELEMENT_BOOL] = sizeof(bool),
};

static Value array_read(const Array *a, size_t i) {
        switch (a->type) {
        case ELEMENT_INT64:
                return value_int(a->ints[i]);
        case ELEMENT_DOUBLE:
                return value_double(a->doubles[i]);
        default:
                return value_bool(a->bools[i]);
        }
}

/* Writes an element. The value must be of the array's type. */
static void array_write(Array *a, size_t i, const Value *value) {
        change_report(&a->object, (int64_t)i, 1);
        switch (a->type) {
        case ELEMENT_INT64:
                a->ints[i] = value->i;
                break;
        case ELEMENT_DOUBLE:
                a->doubles[i] = value_as_double(value);
                break;
        default:
                a->bools[i] = value->is_true;
        }
}

/* Checks all elements of an argument. A container is only borrowed, and refused, so nothing is
 * allocated for it. */
static int check_elements(Call *call, ElementType type, const char *param, unsigned arg) {
        JsonCursor cursor;
        JsonSpan span;
        int r = OUTCOME_DONE;

        call_cursor(call, arg, &cursor);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, NULL, &span)) {
                CLEANUP(value_deinit) Value value = VALUE_NULL;
                r = value_borrow(&span, &value);
                if (r == 0)
                        r = element_check(call, type, param, &value);
        }
        return r;
}

/* Writes elements that check_elements() accepted; values of these types need no memory. */
static int write_elements(Array *a, const Call *call, unsigned arg, const Slice *slice) {
        JsonCursor cursor;
        JsonSpan span;
        int r = 0;

        call_cursor(call, arg, &cursor);
        for (size_t k = 0; r == 0 && json_cursor_next(&cursor, NULL, &span); k++) {
                Value value;
                r = value_borrow(&span, &value);
                if (r == 0)
                        array_write(a, slice_at(slice, k), &value);
        }
        return r;
}

static int array_allocate(Call *open, Array *a, uint64_t length) {
        size_t size = element_sizes[a->type];

        int r = value_charge(open, &a->object, length * size);
        if (r != OUTCOME_DONE)
                return r;
        a->elements = calloc(length ? length : 1, size);
        if (!a->elements) {
                value_release(&a->object, length * size);
                return -ENOMEM;
        }
        a->length = length;
        return OUTCOME_DONE;
}

static int array_init(Object *object, Call *open) {
        Array *a = (Array *)object;
        const Slice all = {.step = 1};

        a->type = (ElementType)call_choice(open, INIT_TYPE, ELEMENT_INT64);
        if (call_has(open, INIT_VALUE) == call_has(open, INIT_LENGTH))
                return call_refuse_arg(open, "value",
                                       "value: a new array needs a value or a length");
        if (!call_has(open, INIT_VALUE))
                return array_allocate(open, a, (uint64_t)call_int(open, INIT_LENGTH, 0));
        int r = check_elements(open, a->type, "value", INIT_VALUE);
        if (r == OUTCOME_DONE)
                r = array_allocate(open, a, call_length(open, INIT_VALUE));
        return r == OUTCOME_DONE ? write_elements(a, open, INIT_VALUE, &all) : r;
}

static void array_deinit(Object *object) {
        Array *a = (Array *)object;

        value_release(object, a->length * element_sizes[a->type]);
        free(a->elements);
}

static int array_describe(Object *object, struct json_object *into) {
        const Array *a = (Array *)object;

        return json_put_string(into, "element_type", element_types[a->type]);
}

static size_t array_size(Object *object) {
        return ((Array *)object)->length;
}

static int array_length(Call *call, Object *object) {
        return call_return_int(call, (int64_t)array_size(object));
}

static int array_get(Call *call, Object *object) {
        const Array *a = (Array *)object;
        size_t i;

        int r = index_get(call, 0, 0, a->length, &i);
        return r == OUTCOME_DONE ? call_return_value(call, array_read(a, i)) : r;
}

static int array_set(Call *call, Object *object) {
        Array *a = (Array *)object;
        const Value *value = call_value(call, 1);
        size_t i;

        int r = index_get(call, 0, 0, a->length, &i);
        if (r == OUTCOME_DONE)
                r = element_check(call, a->type, "value", value);
        if (r != OUTCOME_DONE)
                return r;
        array_write(a, i, value);
        return call_return_null(call);
}

static int array_slice(Call *call, Object *object) {
        const Array *a = (Array *)object;
        Answer answer;
        Slice slice;

        int r = slice_get(call, 0, a->length, &slice);
        if (r == OUTCOME_DONE)
                r = answer_begin(&answer, call, "[", slice.n, "ask for a slice that is shorter");
        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, slice.n * WORK_MADE);
        for (size_t k = 0; r == OUTCOME_DONE && k < slice.n; k++) {
                Value value = array_read(a, slice_at(&slice, k));
                r = answer_put(&answer, &value);
        }
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

static int array_set_slice(Call *call, Object *object) {
        Array *a = (Array *)object;
        size_t n = call_length(call, 3);
        Slice slice;

        int r = slice_get(call, 0, a->length, &slice);
        if (r != OUTCOME_DONE)
                return r;
        if (n != slice.n)
                return call_refuse_arg(call, "values",
                                       "values: the slice has %zu elements, and the number of "
                                       "values is %zu; an array keeps its length",
                                       slice.n, n);
        r = check_elements(call, a->type, "values", 3);
        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, n * WORK_STORE);
        r = write_elements(a, call, 3, &slice);
        return r == 0 ? call_return_null(call) : r;
}

static int array_add(Call *call, Object *object) {
        Array *a = (Array *)object;
        Value value, sum;
        size_t i;

        int r = index_get(call, 0, 0, a->length, &i);
        if (r != OUTCOME_DONE)
                return r;
        value = array_read(a, i);
        r = arith_add(call, &value, call_value(call, 1), &sum);
        if (r == OUTCOME_DONE)
                r = element_check(call, a->type, "delta", &sum);
        if (r == OUTCOME_DONE)
                r = expect_check(call, 2, &sum);
        if (r != OUTCOME_DONE)
                return r;
        array_write(a, i, &sum);
        return call_return_value(call, sum);
}

#define INDEX_ARG                                                                                  \
        {                                                                                          \
                .name = "index", .kind = ARG_INT,                                                  \
                .help = "which element; a negative one counts from the end"                        \
        }

static int get_length(const Object *object, struct json_object **ret) {
        return present_int((int64_t)((const Array *)object)->length, ret);
}

static int get_type(const Object *object, struct json_object **ret) {
        return present_string(element_types[((const Array *)object)->type], ret);
}

static const Arg open_args[] = {
        [INIT_VALUE] = {.name = "value",
                        .kind = ARG_ARRAY,
                        .optional = true,
                        .role = OPEN_FOR_GOOD,
                        .get_present = get_length,
                        .help = "the elements; their number never changes"},
        [INIT_TYPE] = {.name = "type",
                       .kind = ARG_CHOICE,
                       .optional = true,
                       .choices = compact_types,
                       .fallback = "\"int64\"",
                       .role = OPEN_FOR_GOOD,
                       .get_present = get_type,
                       .help = "the type of all elements"},
        [INIT_LENGTH] = {.name = "length",
                         .kind = ARG_INT,
                         .optional = true,
                         .bounded = true,
                         .maximum = INT64_MAX / 8,
                         .role = OPEN_FOR_GOOD,
                         .get_present = get_length,
                         .help = "instead of value: the number of elements, which are 0 or false"},
        {0},
};

static const Arg get_args[] = {INDEX_ARG, {0}};

static const Arg set_args[] = {
        INDEX_ARG,
        {.name = "value", .kind = ARG_ANY, .help = "its new value"},
        {0},
};

static const Arg slice_args[] = {SLICE_ARGS, {0}};

static const Arg set_slice_args[] = {
        SLICE_ARGS,
        {.name = "values", .kind = ARG_ARRAY, .help = "the new values, as many as the slice has"},
        {0},
};

static const Arg add_args[] = {
        INDEX_ARG,
        {.name = "delta", .kind = ARG_NUMBER, .help = "what to add; may be negative"},
        EXPECT_NUMBER_ARG,
        {0},
};

static uint64_t array_work_slice(const Call *call, const Object *object) {
        Slice slice;

        return slice_find(call, 0, array_size((Object *)object), &slice) ? 1 + slice.n * WORK_MADE
                                                                         : 1;
}

static const Method methods[] = {
        {.name = "get",
         .run = array_get,
         .work = work_constant,
         .args = get_args,
         .result = ANY_SCHEMA,
         .help = "the element at an index"},
        {.name = "set",
         .run = array_set,
         .work = work_store,
         .flags = METHOD_WRITES,
         .args = set_args,
         .result = NULL_SCHEMA,
         .help = "set an element"},
        {.name = "slice",
         .run = array_slice,
         .work = array_work_slice,
         .instead = "ask for a shorter slice",
         .args = slice_args,
         .result = ARRAY_SCHEMA,
         .help = "some elements; all without arguments"},
        {.name = "set_slice",
         .run = array_set_slice,
         .work = work_store,
         .instead = "set a shorter slice",
         .flags = METHOD_WRITES,
         .args = set_slice_args,
         .result = NULL_SCHEMA,
         .help = "set the elements of a slice; the number of values must be the same"},
        {.name = "length",
         .run = array_length,
         .work = work_constant,
         .result = INTEGER_SCHEMA,
         .help = "how many elements it has"},
        {.name = "add",
         .run = array_add,
         .work = work_store,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = add_args,
         .result = "{\"type\":\"number\"}",
         .help = "add to an element and return its new value"},
        {0},
};

static void put_element(const Array *a, size_t i, SnapshotWriter *w) {
        if (a->type == ELEMENT_INT64)
                snapshot_put_int(w, NULL, a->ints[i]);
        else if (a->type == ELEMENT_DOUBLE)
                snapshot_put_double(w, NULL, a->doubles[i]);
        else
                snapshot_put_bool(w, NULL, a->bools[i]);
}

static void array_save_state(const Object *object, SnapshotWriter *w) {
        const Array *a = (const Array *)object;

        snapshot_put_string(w, "element_type", element_types[a->type]);
        snapshot_put_uint(w, "length", a->length);
}

static bool array_save_next(const Object *object, int64_t *key, int64_t last, SnapshotWriter *w) {
        const Array *a = (const Array *)object;

        if (*key < 0)
                *key = 0;
        if (*key > last || (uint64_t)*key >= a->length)
                return false;
        put_element(a, (size_t)*key, w);
        return true;
}

static void array_save(const Object *object, SnapshotWriter *w) {
        const Array *a = (const Array *)object;

        array_save_state(object, w);
        for (size_t i = 0; i < a->length; i++) {
                snapshot_put_content(w);
                put_element(a, i, w);
        }
}

/* Grows with the elements in the text. A number in the text does not decide how much memory is
 * allocated. */
static int array_restore(Array *a, size_t *n_capacity, const Value *value) {
        size_t size = element_sizes[a->type];

        if (a->length == *n_capacity) {
                size_t n = *n_capacity ? 2 * *n_capacity : 8;
                void *grown = reallocarray(a->elements, n, size);
                if (!grown)
                        return -ENOMEM;
                a->elements = grown;
                *n_capacity = n;
        }
        array_write(a, a->length++, value);
        value_restore_bytes(&a->object, size);
        return 0;
}

static int array_load(Object *object, SnapshotRecord *state) {
        Array *a = (Array *)object;
        SnapshotReader *r = state->reader;
        size_t n_capacity = 0;
        JsonSpan element;

        a->type = (ElementType)snapshot_get_choice(state, "element_type", compact_types);
        int64_t length = snapshot_get_int(state, "length");
        while (snapshot_next_content(r, &element)) {
                CLEANUP(value_deinit) Value value = VALUE_NULL;
                if (snapshot_read_value(r, &element, &value) < 0)
                        break;
                if (!element_is(a->type, &value))
                        return snapshot_fail(r, -EBADMSG, "an element is not of the array's type");
                if (array_restore(a, &n_capacity, &value) < 0)
                        return snapshot_fail(r, -ENOMEM, "memory ran out");
        }
        if (r->error == 0 && (uint64_t)length != a->length)
                snapshot_fail(r, -EBADMSG, "the array has not as many elements as its length says");
        return r->error;
}

const Type type_array = {
        .name = "array",
        .help = "elements of one type, in a number that is fixed",
        .size = sizeof(Array),
        .open_args = open_args,
        .init = array_init,
        .deinit = array_deinit,
        .save = array_save,
        .can_be_durable = true,
        .save_state = array_save_state,
        .save_next = array_save_next,
        .load = array_load,
        .describe = array_describe,
        .length = array_size,
        .methods = methods,
};
