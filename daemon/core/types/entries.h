/* Tables of stored values (value.h). The owner of the object is charged for each entry: for its
 * key, its value and its place in the table. */
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

/* Returns the value of an entry; the entry keeps its ownership. */
static inline Value entry_value(const TableEntry *entry) {
        Value value;

        memcpy(&value, entry->place, sizeof(value));
        return value;
}

static inline void entry_set_value(TableEntry *entry, const Value *value) {
        memcpy(entry->place, value, sizeof(*value));
}

/* Stores a value and adds it with a new key. Returns OUTCOME_DONE, or OUTCOME_REFUSED or -ENOMEM
 * with nothing changed. */
int entries_add(Call *call, Object *object, Table *table, const void *key, size_t n_key,
                const Value *value);
/* Stores a value and replaces that of an entry. Returns like entries_add(). */
int entries_replace(Call *call, Object *object, TableEntry *entry, const Value *value);
/* Replaces the value of an entry by a stored one. The caller then owns the old value. */
void entries_put(Object *object, TableEntry *entry, const Value *value);
void entries_remove(Object *object, Table *table, TableEntry *entry);
/* Removes an entry and returns its value, which the caller owns and the call returns to the
 * client. */
Value entries_take(Call *call, Object *object, Table *table, TableEntry *entry);
/* Removes all entries, as remains of the object (remains.h). Cursors stay valid. */
void entries_clear(Object *object, Table *table);
/* Removes the entries that were added after this serial; with the last serial from before a change
 * it undoes additions. */
void entries_remove_after(Object *object, Table *table, uint64_t serial);

extern const RemainsKind entries_remains;
/* Writes the member last_serial, and the entries as contents: each [key, value, serial]. */
void entries_save(const Table *table, SnapshotWriter *w);
/* The parts of that for durable objects (type.h). The key of a change is a serial. */
void entries_save_state(const Table *table, SnapshotWriter *w);
bool entries_save_next(const Table *table, int64_t *key, int64_t last, SnapshotWriter *w);
/* Returns the first entry with a serial from *key to last, or NULL. */
const TableEntry *entries_find_key(const Table *table, int64_t *key, int64_t last);
/* Returns 0 or the reader's error. */
int entries_load(Object *object, Table *table, SnapshotRecord *state);
/* Adds an entry with the serial that it had. Serials must grow. Takes ownership of the value. */
int entries_restore(Object *object, Table *table, SnapshotReader *r, const void *key, size_t n_key,
                    Value value, int64_t serial);
/* Call it after the entries, with the saved last serial. */
int entries_set_last(Table *table, SnapshotReader *r, int64_t last_serial);
