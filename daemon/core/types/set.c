/* set: distinct values, in the order of insertion.
 *
 * Any value can be an element. Two values are one element if value_equal() says so: 1 and
 * 1.0 are one, 1 and true are two, and the order of the members of an object does not matter. */
#include <errno.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "types/entries.h"
#include "types/answer.h"
#include "types/set.h"
#include "types/types.h"
#include "work.h"

int set_key(Core *core, const Value *value, const char **ret, size_t *ret_n) {
        Buffer *scratch = &core->scratch;

        buffer_truncate(scratch, 0);
        int r = value_write_key(scratch, value);
        *ret = buffer_bytes(scratch);
        *ret_n = buffer_size(scratch);
        return r;
}

int set_add_value(Call *call, Set *set, const Value *value) {
        const char *key;
        size_t n_key;

        int r = set_key(call->core, value, &key, &n_key);
        if (r < 0 || table_find(&set->elements, key, n_key))
                return r;
        return entries_add(call, &set->object, &set->elements, key, n_key, value);
}

/* Finds the element equal to the first argument, or NULL. Returns 0 or -ENOMEM. */
static int find_element(const Call *call, const Set *set, TableEntry **ret) {
        const char *key;
        size_t n_key;

        int r = set_key(call->core, call_value(call, 0), &key, &n_key);
        *ret = r == 0 ? table_find(&set->elements, key, n_key) : NULL;
        return r;
}

static int set_init(Object *object, Call *open) {
        JsonCursor cursor;
        JsonSpan span;
        int r = OUTCOME_DONE;

        call_cursor(open, 0, &cursor);
        while (r == OUTCOME_DONE && json_cursor_next(&cursor, NULL, &span)) {
                CLEANUP(value_deinit) Value value = VALUE_NULL;
                r = value_make(&span, &value);
                if (r == 0)
                        r = set_add_value(open, (Set *)object, &value);
        }
        return r;
}

static void set_deinit(Object *object) {
        Set *set = (Set *)object;

        entries_clear(object, &set->elements);
}

static size_t set_size(Object *object) {
        return table_size(&((Set *)object)->elements);
}

static int set_length(Call *call, Object *object) {
        return call_return_int(call, (int64_t)set_size(object));
}

static int set_add(Call *call, Object *object) {
        Set *set = (Set *)object;
        size_t n = set_size(object);

        int r = set_add_value(call, set, call_value(call, 0));
        return r == OUTCOME_DONE ? call_return_bool(call, set_size(object) > n) : r;
}

static int set_contains(Call *call, Object *object) {
        TableEntry *entry;

        int r = find_element(call, (Set *)object, &entry);
        return r == 0 ? call_return_bool(call, entry != NULL) : r;
}

static int set_discard(Call *call, Object *object) {
        Set *set = (Set *)object;
        TableEntry *entry;

        int r = find_element(call, set, &entry);
        if (r < 0)
                return r;
        if (entry)
                entries_remove(object, &set->elements, entry);
        return call_return_bool(call, entry != NULL);
}

static int set_remove(Call *call, Object *object) {
        Set *set = (Set *)object;
        TableEntry *entry;

        int r = find_element(call, set, &entry);
        if (r < 0)
                return r;
        if (!entry)
                return call_refuse(call, ENODATA, "the value is not in the set");
        entries_remove(object, &set->elements, entry);
        return call_return_null(call);
}

static int set_pop(Call *call, Object *object) {
        Set *set = (Set *)object;
        TableEntry *entry = table_first(&set->elements);

        if (!entry)
                return call_refuse(call, ENODATA, "the set is empty");
        Value value = entry_value(entry);
        int r = answer_room_check(call, &value);
        if (r != OUTCOME_DONE)
                return r;
        return call_return_value(call, entries_take(call, object, &set->elements, entry));
}

static int set_clear(Call *call, Object *object) {
        entries_clear(object, &((Set *)object)->elements);
        return call_return_null(call);
}

static int set_copy(Call *call, Object *object) {
        const Table *elements = &((Set *)object)->elements;
        Answer answer;
        int r = answer_begin(&answer, call, "[", table_size(elements), "use set.scan");

        if (r != OUTCOME_DONE)
                return r;
        work_count(call->core, table_size(elements) * WORK_READ);
        TABLE_FOREACH (entry, elements) {
                Value value = entry_value(entry);
                if (r == OUTCOME_DONE)
                        r = answer_add(&answer, &value);
        }
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

/* Adds elements from the cursor on, as far as there is room. *ret_cursor receives the serial of the
 * last one, or 0 if it was the last of all. */
static int scan_elements(Answer *answer, Call *call, const Table *elements, uint64_t *ret_cursor) {
        uint64_t cursor = (uint64_t)call_int(call, 0, 0);
        uint32_t position = table_position_after(elements, cursor);
        TableEntry *entry = table_step(elements, &position);
        int r = OUTCOME_DONE;

        uint64_t n_most = work_fit(call, (uint64_t)call_int(call, 1, 100), WORK_PAIR);
        for (uint64_t n = n_most; r == OUTCOME_DONE && n > 0 && entry; n--) {
                Value value = entry_value(entry);
                work_count(call->core, WORK_READ);
                if (!answer_takes(answer, &value)) {
                        if (answer->n > 0)
                                break;
                        return answer_room_check(call, &value);
                }
                r = answer_put(answer, &value);
                cursor = entry->serial;
                entry = table_step(elements, &position);
        }
        *ret_cursor = entry ? cursor : 0;
        return r;
}

static int set_scan(Call *call, Object *object) {
        uint64_t cursor = 0;
        Answer answer;
        int r = answer_begin_scan(&answer, call);

        if (r == OUTCOME_DONE)
                r = scan_elements(&answer, call, &((Set *)object)->elements, &cursor);
        return r == OUTCOME_DONE ? answer_end_scan(&answer, cursor) : r;
}

static const Arg open_args[] = {
        {.name = "value",
         .kind = ARG_ARRAY,
         .optional = true,
         .fallback = "[]",
         .role = OPEN_START,
         .help = "the first elements; duplicates count once"},
        {0},
};

static const Arg value_args[] = {
        {.name = "value", .kind = ARG_ANY, .help = "the element"},
        {0},
};

static const Arg operand_args[] = {
        {.name = "values",
         .kind = ARG_ARRAY,
         .optional = true,
         .help = "the elements of the other set"},
        {.name = "other",
         .kind = ARG_NAME,
         .optional = true,
         .help = "or, instead of values, the name of a set that is shared"},
        {0},
};

static const Arg scan_args[] = {SCAN_ARGS("the most elements to return"), {0}};

static const Method methods[] = {
        {.name = "add",
         .run = set_add,
         .work = work_enter,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = value_args,
         .result = BOOLEAN_SCHEMA,
         .help = "add an element and return whether it is new"},
        {.name = "discard",
         .run = set_discard,
         .work = work_enter,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = value_args,
         .result = BOOLEAN_SCHEMA,
         .help = "remove an element if it is in the set, and return whether it was"},
        {.name = "remove",
         .run = set_remove,
         .work = work_enter,
         .flags = METHOD_READS | METHOD_WRITES,
         .args = value_args,
         .result = NULL_SCHEMA,
         .help = "remove an element; ENODATA if it is not in the set"},
        {.name = "pop",
         .run = set_pop,
         .work = work_constant,
         .flags = METHOD_READS | METHOD_WRITES,
         .result = ANY_SCHEMA,
         .help = "remove the oldest element and return it"},
        {.name = "contains",
         .run = set_contains,
         .work = work_enter,
         .args = value_args,
         .result = BOOLEAN_SCHEMA,
         .help = "whether it has an element"},
        {.name = "length",
         .run = set_length,
         .work = work_constant,
         .result = INTEGER_SCHEMA,
         .help = "how many elements it has"},
        {.name = "union",
         .run = set_union,
         .work = set_work_both,
         .instead = "use set.scan, and work on the parts",
         .args = operand_args,
         .result = ARRAY_SCHEMA,
         .help = "elements that are in either of the two sets"},
        {.name = "intersection",
         .run = set_intersection,
         .work = set_work_own,
         .instead = "use set.scan, and work on the parts",
         .args = operand_args,
         .result = ARRAY_SCHEMA,
         .help = "elements that are in both sets"},
        {.name = "difference",
         .run = set_difference,
         .work = set_work_own,
         .instead = "use set.scan, and work on the parts",
         .args = operand_args,
         .result = ARRAY_SCHEMA,
         .help = "elements that are in this set only"},
        {.name = "symmetric_difference",
         .run = set_symmetric_difference,
         .work = set_work_both,
         .instead = "use set.scan, and work on the parts",
         .args = operand_args,
         .result = ARRAY_SCHEMA,
         .help = "elements that are in exactly one of the two sets"},
        {.name = "update",
         .run = set_update,
         .work = set_work_other,
         .instead = "use set.scan, and work on the parts",
         .flags = METHOD_WRITES,
         .args = operand_args,
         .result = NULL_SCHEMA,
         .help = "add the elements of the other set"},
        {.name = "intersection_update",
         .run = set_intersection_update,
         .work = set_work_remove,
         .instead = "use set.scan, and work on the parts",
         .flags = METHOD_WRITES,
         .args = operand_args,
         .result = NULL_SCHEMA,
         .help = "keep only the elements that the other set has, too"},
        {.name = "difference_update",
         .run = set_difference_update,
         .work = set_work_other,
         .instead = "use set.scan, and work on the parts",
         .flags = METHOD_WRITES,
         .args = operand_args,
         .result = NULL_SCHEMA,
         .help = "remove the elements that the other set has"},
        {.name = "symmetric_difference_update",
         .run = set_symmetric_difference_update,
         .work = set_work_exchange,
         .instead = "use set.scan, and work on the parts",
         .flags = METHOD_WRITES,
         .args = operand_args,
         .result = NULL_SCHEMA,
         .help = "keep the elements that are in exactly one of the two sets"},
        {.name = "issubset",
         .run = set_issubset,
         .work = set_work_own,
         .instead = "use set.scan, and work on the parts",
         .args = operand_args,
         .result = BOOLEAN_SCHEMA,
         .help = "whether every element is in the other set"},
        {.name = "issuperset",
         .run = set_issuperset,
         .work = set_work_other,
         .instead = "use set.scan, and work on the parts",
         .args = operand_args,
         .result = BOOLEAN_SCHEMA,
         .help = "whether it has every element of the other set"},
        {.name = "isdisjoint",
         .run = set_isdisjoint,
         .work = set_work_smaller,
         .instead = "use set.scan, and work on the parts",
         .args = operand_args,
         .result = BOOLEAN_SCHEMA,
         .help = "whether the two sets have no element in common"},
        {.name = "clear",
         .run = set_clear,
         .work = work_constant,
         .flags = METHOD_WRITES,
         .result = NULL_SCHEMA,
         .help = "remove all elements"},
        {.name = "copy",
         .run = set_copy,
         .work = work_read_all,
         .instead = "use set.scan",
         .result = ARRAY_SCHEMA,
         .help = "all elements, in the order of insertion"},
        {.name = "scan",
         .run = set_scan,
         .work = work_scan,
         .args = scan_args,
         .result =
                 "{\"type\":\"object\",\"required\":[\"cursor\",\"items\"],\"properties\":{"
                 "\"cursor\":{\"type\":\"integer\"},\"items\":{\"type\":\"array\",\"items\":{}}}}",
         .help = "some elements, and a cursor for the next; 0 when there are no more"},
        {0},
};

const Type type_set = {
        .name = "set",
        .help = "distinct values, in the order of insertion",
        .size = sizeof(Set),
        .open_args = open_args,
        .init = set_init,
        .deinit = set_deinit,
        .save = set_save,
        .can_be_durable = true,
        .save_state = set_save_state,
        .save_next = set_save_next,
        .load = set_load,
        .length = set_size,
        .methods = methods,
};
