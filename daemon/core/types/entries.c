/* Adds, replaces and removes entries with stored values, and charges them. */
#include <errno.h>

#include "call/call-work.h"
#include "change.h"
#include "core-state.h"
#include "object.h"
#include "remains.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "types/entries.h"
#include "value.h"
#include "work.h"

enum { ENTRY_STEPS = 3 }; /* for removing one, besides its bytes */

/* The first entry of a table is also charged for the initial size of the table. */
static size_t entry_cost(size_t n_others, size_t n_key) {
        return table_entry_memory(n_key) + (n_others == 0 ? table_first_memory() : 0);
}

static void entry_release(Object *object, const Table *table, size_t n_key) {
        value_release(object, entry_cost(table_size(table) - 1, n_key));
}

int entries_add(Call *call, Object *object, Table *table, const void *key, size_t n_key,
                const Value *value) {
        Value stored;
        size_t cost = entry_cost(table_size(table), n_key);
        work_count(object->core, WORK_ENTER);
        int r = value_charge(call, object, cost);
        if (r != OUTCOME_DONE)
                return r;
        r = value_store(call, object, value, &stored);
        if (r == OUTCOME_DONE) {
                r = table_add(table, key, n_key, NULL);
                if (r == 0)
                        entry_set_value(table_last(table), &stored);
                else
                        value_drop(object, &stored);
        }
        if (r != OUTCOME_DONE)
                value_release(object, cost);
        else
                change_report(object, (int64_t)table_last(table)->serial, 1);
        return r;
}

int entries_replace(Call *call, Object *object, TableEntry *entry, const Value *value) {
        Value slot = entry_value(entry);
        int r = value_replace(call, object, &slot, value);

        if (r == OUTCOME_DONE)
                entries_put(object, entry, &slot);
        return r;
}

void entries_put(Object *object, TableEntry *entry, const Value *value) {
        entry_set_value(entry, value);
        change_report(object, (int64_t)entry->serial, 1);
}

/* Drops an entry of the object, or of its remains. */
static void entry_drop(Object *object, Table *table, TableEntry *entry) {
        Value value = entry_value(entry);

        entry_release(object, table, entry->n_key);
        table_remove_entry(table, entry);
        value_drop(object, &value);
}

void entries_remove(Object *object, Table *table, TableEntry *entry) {
        change_report(object, (int64_t)entry->serial, 1);
        entry_drop(object, table, entry);
}

Value entries_take(Call *call, Object *object, Table *table, TableEntry *entry) {
        Value value = entry_value(entry);

        change_report(object, (int64_t)entry->serial, 1);
        entry_release(object, table, entry->n_key);
        table_remove_entry(table, entry);
        return value_drop_to_caller(call, object, &value);
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
                entry_drop(object, table, entry);
                work_spend(object->core, ENTRY_STEPS + work_of_bytes(n_bytes - object->n_bytes));
        }
        table_deinit(table);
        return true;
}

void entries_clear(Object *object, Table *table) {
        EntriesRemains gone = {.remains.kind = &entries_remains, .table = *table};

        change_report(object, 1, table->last_serial);
        *table = (Table){.last_serial = table->last_serial};
        remains_leave(object, &gone.remains, sizeof(gone));
}

/* ---- In a snapshot */

static void put_entry(const TableEntry *entry, SnapshotWriter *w) {
        Value value = entry_value(entry);

        snapshot_open_array(w, NULL);
        snapshot_put_text(w, NULL, entry->key, entry->n_key);
        snapshot_write_value(w, NULL, &value);
        snapshot_put_uint(w, NULL, entry->serial);
        snapshot_close_array(w);
}

static void put_entries(const Table *table, SnapshotWriter *w) {
        TABLE_FOREACH (entry, table) {
                snapshot_put_content(w);
                put_entry(entry, w);
        }
}

void entries_save_state(const Table *table, SnapshotWriter *w) {
        snapshot_put_uint(w, "last_serial", table->last_serial);
}

void entries_save(const Table *table, SnapshotWriter *w) {
        entries_save_state(table, w);
        put_entries(table, w);
}

const TableEntry *entries_find_key(const Table *table, int64_t *key, int64_t last) {
        const TableEntry *entry =
                *key > last ? NULL : table_after(table, *key > 0 ? (uint64_t)*key - 1 : 0);

        if (!entry || entry->serial > (uint64_t)last)
                return NULL;
        *key = (int64_t)entry->serial;
        return entry;
}

bool entries_save_next(const Table *table, int64_t *key, int64_t last, SnapshotWriter *w) {
        const TableEntry *entry = entries_find_key(table, key, last);

        if (entry)
                put_entry(entry, w);
        return entry != NULL;
}

int entries_restore(Object *object, Table *table, SnapshotReader *r, const void *key, size_t n_key,
                    Value value, int64_t serial) {
        uint64_t last = table->last_serial;
        int error = -EEXIST;

        if (serial > 0 && (uint64_t)serial > last) {
                table->last_serial = (uint64_t)serial - 1;
                error = table_add(table, key, n_key, NULL);
        }
        if (error == 0) {
                entry_set_value(table_last(table), &value);
                value_restore(object, &value);
                value_restore_bytes(object, entry_cost(table_size(table) - 1, n_key));
                return 0;
        }
        table->last_serial = last;
        value_deinit(&value);
        return snapshot_fail(r, error == -ENOMEM ? -ENOMEM : -EBADMSG,
                             "an element is repeated, or its serial does not grow");
}

int entries_set_last(Table *table, SnapshotReader *r, int64_t last_serial) {
        if (r->error == 0 && (last_serial < 0 || (uint64_t)last_serial < table->last_serial))
                snapshot_fail(r, -EBADMSG, "the last serial is less than that of an element");
        else if (r->error == 0)
                table->last_serial = (uint64_t)last_serial;
        return r->error;
}

static int read_entries(Object *object, Table *table, SnapshotReader *r) {
        JsonSpan element, parts[3];

        while (snapshot_next_content(r, &element)) {
                Value value;
                size_t n_key;
                if (!snapshot_read_tuple(r, &element, parts, ELEMENTSOF(parts)))
                        break;
                CLEANUP(freep) char *key = snapshot_read_text(r, &parts[0], &n_key);
                int64_t serial = snapshot_read_int(r, &parts[2]);
                if (!key)
                        snapshot_fail(r, -EBADMSG, "a key is null");
                if (snapshot_read_value(r, &parts[1], &value) == 0)
                        entries_restore(object, table, r, key, n_key, value, serial);
        }
        return r->error;
}

int entries_load(Object *object, Table *table, SnapshotRecord *state) {
        SnapshotReader *r = state->reader;
        int64_t last_serial = snapshot_get_int(state, "last_serial");

        read_entries(object, table, r);
        return entries_set_last(table, r, last_serial);
}

static void entries_remains_save(const Remains *remains, SnapshotWriter *w) {
        put_entries(&((const EntriesRemains *)remains)->table, w);
}

static int entries_remains_load(Object *object, SnapshotReader *r) {
        EntriesRemains gone = {.remains.kind = &entries_remains};

        read_entries(object, &gone.table, r);
        int error = remains_restore(object, &gone.remains, sizeof(gone));
        return error < 0 ? snapshot_fail(r, error, "memory ran out") : r->error;
}

const RemainsKind entries_remains = {
        .name = "entries",
        .drop = entries_drop,
        .save = entries_remains_save,
        .load = entries_remains_load,
};
