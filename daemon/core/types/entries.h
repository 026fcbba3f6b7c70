/* Tables whose values are stored values (value.h): every entry is charged to the
 * object's owner with its key, its value and its place in the table. */
#pragma once

#include <stddef.h>
#include <string.h>

#include "base/table.h"
#include "call/method.h"
#include "json/value.h"

typedef struct RemainsKind RemainsKind;
typedef struct SnapshotReader SnapshotReader;
typedef struct SnapshotRecord SnapshotRecord;
typedef struct SnapshotWriter SnapshotWriter;

_Static_assert(sizeof(Value) == sizeof(((TableEntry *)NULL)->place), "it is copied in and out");

/* The value of an entry, without an owner of its own. */
static inline Value entry_value(const TableEntry *entry) {
        Value value;

        memcpy(&value, entry->place, sizeof(value));
        return value;
}

static inline void entry_set_value(TableEntry *entry, const Value *value) {
        memcpy(entry->place, value, sizeof(*value));
}

/* A new key, with a value that is stored first: OUTCOME_DONE; OUTCOME_REFUSED or -ENOMEM with nothing changed. */
int entries_add(Call *call, Object *object, Table *table, const void *key, size_t n_key,
                const Value *value);
/* Another value for an entry that is there: likewise. */
int entries_replace(Call *call, Object *object, TableEntry *entry, const Value *value);
/* The same with a value that is stored already; what it replaces is the caller's. */
void entries_put(Object *object, TableEntry *entry, const Value *value);
void entries_remove(Object *object, Table *table, TableEntry *entry);
/* Removes an entry whose value the call answers, and gives that to the caller. */
Value entries_take(Call *call, Object *object, Table *table, TableEntry *entry);
/* Removes all entries, as remains of the object (remains.h). A cursor of before is good still. */
void entries_clear(Object *object, Table *table);
/* Removes the entries that were added after this serial: with the last serial of before, what has been
 * added since. */
void entries_remove_after(Object *object, Table *table, uint64_t serial);

extern const RemainsKind entries_remains;
/* In a snapshot: the member last_serial, and the entries as contents, each [key, value, serial]. */
void entries_save(const Table *table, SnapshotWriter *w);
/* The parts of it, for objects that are durable (type.h); keys are serials. */
void entries_save_state(const Table *table, SnapshotWriter *w);
bool entries_save_next(const Table *table, int64_t *key, int64_t last, SnapshotWriter *w);
/* The first entry from *key to last, or NULL. */
const TableEntry *entries_find_key(const Table *table, int64_t *key, int64_t last);
/* 0 or the reader's error. */
int entries_load(Object *object, Table *table, SnapshotRecord *state);
/* One entry, with the serial that it had; the value is taken over. Serials grow. */
int entries_restore(Object *object, Table *table, SnapshotReader *r, const void *key, size_t n_key,
                    Value value, int64_t serial);
/* After them: the last serial that there was. */
int entries_set_last(Table *table, SnapshotReader *r, int64_t last_serial);
