/* A hash table that keeps insertion order: byte strings to pointers.
 *
 * The entries lie in the order of their insertion; beside them stand the buckets of a
 * linear hash. A removed entry leaves a hole that later removals take away, so order costs
 * nothing and churn leaks nothing. Every entry has a serial that only grows: a cursor is a
 * serial, found again by binary search even when its entry is gone. Replacing the value of
 * a key keeps its place and serial.
 *
 * No operation is larger than its own entry: each insertion and each removal moves a
 * bounded number of entries, and n_moved counts them.
 *
 * Zero-initialised is empty and valid. Keys are copied, unless all of a table are borrowed; values are the caller's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/segments.h"

/* Its pointers are at multiples of 8: leak checkers, also those of programs that use libshmgr, find no
 * others. */
typedef struct TableEntry {
        char *key; /* NUL-terminated for convenience; may hold NULs of its own; NULL in a hole */
        union {
                void *value;
                uint64_t place[2]; /* 16 bytes that the caller copies in and out */
        };
        uint64_t serial;
        uint32_t n_key;
        uint32_t hash;
        uint32_t position; /* among the entries */
        uint32_t next;     /* position + 1 of the next entry of its bucket, or 0 */
} TableEntry;

typedef struct Table {
        Segments entries;   /* of TableEntry */
        Segments buckets;   /* of uint32_t: position + 1 of the first entry, or 0 */
        Segments live;      /* of uint64_t: a bit for each entry that is not a hole */
        uint32_t n_entries; /* holes and gap included */
        uint32_t n_buckets;
        uint32_t n_live;
        uint32_t gap_begin, gap_end; /* of the compaction that is under way; both 0 without one */
        bool has_borrowed_keys;
        uint64_t last_serial;
        uint64_t n_moved; /* entries moved to another place or bucket, ever */
} Table;

/* Returns the memory that an entry is charged for: with its key and its share of the buckets. */
size_t table_entry_memory(size_t n_key);
/* Returns that memory without the key. */
size_t table_place_memory(void);
/* Returns the memory that a table with one entry takes beyond table_entry_memory(): the first arrays have room for eight. */
size_t table_first_memory(void);

/* Frees keys and arrays. The caller has released the values before. */
void table_deinit(Table *t);

static inline size_t table_size(const Table *t) {
        return t->n_live;
}

/* Returns the entry of a key, or NULL. It is valid until the next removal, or the next insertion that was not reserved. */
TableEntry *table_find(const Table *t, const void *key, size_t n_key);
/* Returns the value of a key, or NULL. */
void *table_get(const Table *t, const void *key, size_t n_key);

/* Makes sure that the next n insertions move no entry, and can fail only for want of memory for a copy of the key. A
 * removal in between may free the room again. */
int table_reserve(Table *t, size_t n);
/* Frees all unused memory at once, such as room that was reserved and not used. A removal frees only a little of it. */
void table_trim(Table *t);
/* Appends a new key. Returns 0, or -EEXIST or -ENOMEM with the table unchanged. */
int table_add(Table *t, const void *key, size_t n_key, void *value);
/* Appends a new key like table_add(), but does not copy it: the caller keeps the key until its entry is removed. It needs
 * no NUL at its end. */
int table_add_borrowed(Table *t, const void *key, size_t n_key, void *value);
/* Removes a key. Returns its value, or NULL if the table has no such key. */
void *table_remove(Table *t, const void *key, size_t n_key);
/* Removes an entry that was found before, and returns its value. */
void *table_remove_entry(Table *t, TableEntry *entry);

/* Steps through the entries in insertion order. Entries must not be added or removed meanwhile; only the entry just
 * visited may be removed with table_remove_entry(), if the walk continues by its serial. */
TableEntry *table_first(const Table *t);
TableEntry *table_last(const Table *t);
/* Returns the first entry with a greater serial, or NULL. Serial 0 gives the first entry of the table. O(log n). */
TableEntry *table_after(const Table *t, uint64_t serial);
/* Returns the next live entry behind this one, or NULL. */
TableEntry *table_next(const Table *t, const TableEntry *entry);

#define TABLE_FOREACH(e, t) for (TableEntry *e = table_first(t); e; e = table_next(t, e))
