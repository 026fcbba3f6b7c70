/* set: unions, differences and comparisons with another set.
 *
 * Two sets divide their elements into three parts: common ones, those of this set only, and those
 * of the other set only. Each operation keeps some of these parts. */
#include <errno.h>
#include <string.h>

#include "call/call.h"
#include "call/call-work.h"
#include "core-state.h"
#include "denied.h"
#include "idle.h"
#include "registry.h"
#include "session.h"
#include "types/entries.h"
#include "types/answer.h"
#include "types/set.h"
#include "work.h"

enum {
        COMMON = 1 << 0,
        OWN = 1 << 1,
        OTHERS = 1 << 2,
};

/* The other set: another object, the set itself, or made of the given values. */
typedef struct Operand {
        const Table *elements;
        Table made; /* its values are charged to no user */
} Operand;

static void operand_deinit(Operand *operand) {
        TABLE_FOREACH (entry, &operand->made) {
                Value value = entry_value(entry);
                value_deinit(&value);
        }
        table_deinit(&operand->made);
}

static int operand_add(Call *call, Operand *operand, const JsonSpan *span) {
        CLEANUP(value_deinit) Value value = VALUE_NULL;
        const char *key;
        size_t n_key;

        int r = value_make(span, &value);
        if (r == 0)
                r = set_key(call->core, &value, &key, &n_key);
        work_count(call->core, WORK_ENTER);
        if (r == 0)
                r = table_add(&operand->made, key, n_key, NULL);
        if (r < 0)
                return r == -EEXIST ? 0 : r;
        entry_set_value(table_last(&operand->made), &value);
        value = VALUE_NULL;
        return 0;
}

static int operand_make(Call *call, Operand *operand) {
        JsonCursor cursor;
        JsonSpan span;
        int r = 0;

        operand->elements = &operand->made;
        call_cursor(call, 0, &cursor);
        while (r == 0 && json_cursor_next(&cursor, NULL, &span))
                r = operand_add(call, operand, &span);
        return r;
}

static int operand_find(Call *call, Operand *operand) {
        size_t n;
        const char *name = call_string(call, 1, &n);
        Object *other = object_find(call->core, name, n);
        const char *shown = call_quote(name, n);

        if (!other)
                return call_refuse(call, ENOENT, "no object has the name %s", shown);
        if (other->type != call->ref->type)
                return call_refuse(call, EPROTOTYPE, "%s is %s %s, not a set", shown,
                                   type_article(other->type), other->type->name);
        if (!object_allows(other, call->session, ACCESS_READ))
                return object_deny(call, other, "read");
        call_use(call, other);
        operand->elements = &((const Set *)other)->elements;
        return OUTCOME_DONE;
}

/* Reads the operand from the arguments `values` or `other`. */
static int operand_init(Call *call, Operand *operand) {
        *operand = (Operand){0};
        if (call_has(call, 0) == call_has(call, 1))
                return call_refuse_arg(call, "values",
                                       "values: give either values or the name of the other set");
        return call_has(call, 0) ? operand_make(call, operand) : operand_find(call, operand);
}

static bool has(const Table *elements, const TableEntry *entry) {
        return table_find(elements, entry->key, entry->n_key) != NULL;
}

/* Adds the elements that are in the other table, or those that are not, or all. */
static int add_elements(Answer *answer, const Table *from, const Table *other, bool if_there,
                        bool if_not) {
        int r = OUTCOME_DONE;

        work_count(answer->call->core, table_size(from) * (WORK_FIND + WORK_READ));
        TABLE_FOREACH (entry, from) {
                Value value = entry_value(entry);
                if (r == OUTCOME_DONE && (has(other, entry) ? if_there : if_not))
                        r = answer_add(answer, &value);
        }
        return r;
}

/* Returns the least number of elements of the answer. */
static uint64_t count_parts(size_t n_own, size_t n_others, int parts) {
        size_t n_more = n_own > n_others ? n_own : n_others;

        if (parts & COMMON && parts & OWN)
                return parts & OTHERS ? n_more : n_own;
        if (parts & COMMON)
                return 0;
        return parts & OTHERS || n_own > n_others ? n_more - (n_own + n_others - n_more) : 0;
}

/* Returns an array of some of the parts. */
static int combine(Call *call, Object *object, int parts) {
        const Set *set = (Set *)object;
        CLEANUP(operand_deinit) Operand operand;
        Answer answer;

        int r = operand_init(call, &operand);
        if (r == OUTCOME_DONE)
                r = answer_begin(&answer, call, "[",
                                 count_parts(table_size(&set->elements),
                                             table_size(operand.elements), parts),
                                 "use the update form on a set of your own, and scan that");
        if (r == OUTCOME_DONE)
                r = add_elements(&answer, &set->elements, operand.elements, parts & COMMON,
                                 parts & OWN);
        if (r == OUTCOME_DONE && (parts & OTHERS))
                r = add_elements(&answer, operand.elements, &set->elements, false, true);
        return r == OUTCOME_DONE ? answer_end(&answer, "]") : r;
}

/* Adds the elements of the other set only, all or none. */
static int add_others(Call *call, Set *set, const Table *others) {
        uint64_t last = set->elements.last_serial;
        int r = OUTCOME_DONE;

        work_count(call->core, table_size(others) * WORK_FIND);
        /* If the set is its own operand, nothing is added, so the table does not change during the
         * walk. */
        TABLE_FOREACH (entry, others) {
                Value value = entry_value(entry);
                if (r == OUTCOME_DONE && !has(&set->elements, entry))
                        r = entries_add(call, &set->object, &set->elements, entry->key,
                                        entry->n_key, &value);
        }
        if (r != OUTCOME_DONE)
                entries_remove_after(&set->object, &set->elements, last);
        return r;
}

/* Removes the parts that are not kept, among the elements up to a serial. */
static void remove_parts(Set *set, const Table *others, int kept, uint64_t last) {
        uint64_t serial = 0;

        work_count(set->object.core, table_size(&set->elements) * WORK_ENTER);
        for (TableEntry *entry;
             (entry = table_after(&set->elements, serial)) && entry->serial <= last;) {
                serial = entry->serial;
                if (!(kept & (has(others, entry) ? COMMON : OWN)))
                        entries_remove(&set->object, &set->elements, entry);
        }
}

/* Removes the elements of the other set, which is not this set itself. */
static void remove_others(Set *set, const Table *others) {
        TABLE_FOREACH (entry, others) {
                TableEntry *own = table_find(&set->elements, entry->key, entry->n_key);
                work_count(set->object.core, WORK_FIND);
                if (!own)
                        continue;
                work_count(set->object.core, WORK_ENTER);
                entries_remove(&set->object, &set->elements, own);
        }
}

/* Keeps only some of the parts in this set. */
static int become(Call *call, Object *object, int parts) {
        Set *set = (Set *)object;
        CLEANUP(operand_deinit) Operand operand;
        uint64_t last = set->elements.last_serial;

        int r = operand_init(call, &operand);
        if (r == OUTCOME_DONE && (parts & OTHERS))
                r = add_others(call, set, operand.elements);
        if (r != OUTCOME_DONE)
                return r;
        if (parts == OWN && operand.elements != &set->elements)
                remove_others(set, operand.elements);
        else if ((parts & (COMMON | OWN)) != (COMMON | OWN))
                remove_parts(set, operand.elements, parts, last);
        return call_return_null(call);
}

/* Returns whether any element of one table is in the other (there), or is missing in it. */
static bool any_is(Call *call, const Table *from, const Table *in, bool there) {
        TABLE_FOREACH (entry, from) {
                work_count(call->core, WORK_FIND);
                if (has(in, entry) == there)
                        return true;
        }
        return false;
}

/* Returns to the client whether this part is empty. */
static int lacks(Call *call, Object *object, int parts) {
        const Table *own = &((const Set *)object)->elements;
        CLEANUP(operand_deinit) Operand operand;

        int r = operand_init(call, &operand);
        if (r != OUTCOME_DONE)
                return r;
        const Table *from = own, *in = operand.elements;
        /* Elements of only one set are looked up in the other one; common elements in the larger
         * one. */
        if (parts == OTHERS || (parts == COMMON && table_size(in) < table_size(from))) {
                from = operand.elements;
                in = own;
        }
        return call_return_bool(call, !any_is(call, from, in, parts == COMMON));
}

int set_union(Call *call, Object *object) {
        return combine(call, object, COMMON | OWN | OTHERS);
}

int set_intersection(Call *call, Object *object) {
        return combine(call, object, COMMON);
}

int set_difference(Call *call, Object *object) {
        return combine(call, object, OWN);
}

int set_symmetric_difference(Call *call, Object *object) {
        return combine(call, object, OWN | OTHERS);
}

int set_update(Call *call, Object *object) {
        return become(call, object, COMMON | OWN | OTHERS);
}

int set_intersection_update(Call *call, Object *object) {
        return become(call, object, COMMON);
}

int set_difference_update(Call *call, Object *object) {
        return become(call, object, OWN);
}

int set_symmetric_difference_update(Call *call, Object *object) {
        return become(call, object, OWN | OTHERS);
}

int set_issubset(Call *call, Object *object) {
        return lacks(call, object, OWN);
}

int set_issuperset(Call *call, Object *object) {
        return lacks(call, object, OTHERS);
}

int set_isdisjoint(Call *call, Object *object) {
        return lacks(call, object, COMMON);
}

/* Returns the length of the other set. For given values the bound is the number of arguments, since
 * making a table of them costs as much. */
static uint64_t operand_length(const Call *call) {
        size_t n;
        const char *name = call_string(call, 1, &n);
        const Object *other = name ? object_find(call->core, name, n) : NULL;

        if (other && other->type == call->ref->type)
                return table_size(&((const Set *)other)->elements);
        return call_length(call, 0);
}

/* Returns steps for each element of this set, and for each of the other. */
static uint64_t work_of(const Call *call, const Object *object, unsigned n_own, unsigned n_other) {
        uint64_t n = table_size(&((const Set *)object)->elements);

        return work_plus(work_enter(call, object), n * n_own + operand_length(call) * n_other);
}

uint64_t set_work_own(const Call *call, const Object *object) {
        return work_of(call, object, WORK_FIND + WORK_READ, 0);
}

uint64_t set_work_both(const Call *call, const Object *object) {
        return work_of(call, object, WORK_FIND + WORK_READ, WORK_FIND + WORK_READ);
}

uint64_t set_work_other(const Call *call, const Object *object) {
        return work_of(call, object, 0, WORK_FIND + WORK_ENTER);
}

uint64_t set_work_smaller(const Call *call, const Object *object) {
        uint64_t n = table_size(&((const Set *)object)->elements), n_other = operand_length(call);

        return work_plus(work_enter(call, object), (n < n_other ? n : n_other) * WORK_FIND);
}

uint64_t set_work_remove(const Call *call, const Object *object) {
        return work_of(call, object, WORK_ENTER, 0);
}

/* Elements that were just added are visited again. */
uint64_t set_work_exchange(const Call *call, const Object *object) {
        return work_of(call, object, WORK_ENTER, WORK_FIND + 2 * WORK_ENTER);
}
