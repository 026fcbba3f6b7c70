/* Entries of stored values. */
#include <errno.h>

#include "call/call-work.h"
#include "core-state.h"
#include "object.h"
#include "remains.h"
#include "types/entries.h"
#include "value.h"
#include "work.h"

enum { ENTRY_STEPS = 3 }; /* of removing one, besides its bytes */

/* The first entry is charged with the room that its table has for more. */
static size_t entry_cost(size_t n_others, size_t n_key) {
        return table_entry_memory(n_key) + (n_others == 0 ? table_first_memory() : 0);
}

static void entry_release(Object *object, const Table *table, size_t n_key) {
        value_release(object, entry_cost(table_size(table) - 1, n_key));
}

int entries_add(Call *call, Object *object, Table *table, const void *key, size_t n_key,
                struct json_object *value) {
        size_t cost = entry_cost(table_size(table), n_key);
        work_count(object->core, WORK_ENTER);
        int r = value_charge(call, object, cost);
        if (r != OUTCOME_DONE)
                return r;
        r = value_store(call, object, value);
        if (r == OUTCOME_DONE) {
                r = table_add(table, key, n_key, value);
                if (r < 0)
                        value_drop(object, value);
        }
        if (r != OUTCOME_DONE)
                value_release(object, cost);
        return r;
}

int entries_replace(Call *call, Object *object, TableEntry *entry, struct json_object *value) {
        int r = value_store(call, object, value);

        if (r == OUTCOME_DONE) {
                value_drop(object, entry->value);
                entry->value = value;
        }
        return r;
}

void entries_remove(Object *object, Table *table, TableEntry *entry) {
        entry_release(object, table, entry->n_key);
        value_drop(object, table_remove_entry(table, entry));
}

struct json_object *entries_take(Call *call, Object *object, Table *table, TableEntry *entry) {
        entry_release(object, table, entry->n_key);
        struct json_object *value = table_remove_entry(table, entry);
        value_drop_to_caller(call, object, json_object_get(value));
        return value;
}

void entries_remove_after(Object *object, Table *table, uint64_t serial) {
        for (TableEntry *entry; (entry = table_last(table)) && entry->serial > serial;)
                entries_remove(object, table, entry);
}

typedef struct EntriesRemains {
        Remains remains;
        Table table;
} EntriesRemains;

static bool entries_drop(Remains *remains) {
        Table *table = &((EntriesRemains *)remains)->table;
        Object *object = remains->object;

        for (TableEntry *entry; (entry = table_last(table));) {
                uint64_t n_bytes = object->n_bytes;
                if (!work_is_allowed(object->core))
                        return false;
                entries_remove(object, table, entry);
                work_spend(object->core, ENTRY_STEPS + work_of_bytes(n_bytes - object->n_bytes));
        }
        table_deinit(table);
        return true;
}

void entries_clear(Object *object, Table *table) {
        EntriesRemains gone = {.remains.drop = entries_drop, .table = *table};

        *table = (Table){.last_serial = table->last_serial};
        remains_leave(object, &gone.remains, sizeof(gone));
}
