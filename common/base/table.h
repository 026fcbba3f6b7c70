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
 * others. So its size is a multiple of 8, too, and its link stands in an array of its own. */
typedef struct TableEntry {
        char *key; /* NUL-terminated for convenience; may hold NULs of its own; NULL in a hole */
        union {
                void *value;
                uint64_t place[2]; /* 16 bytes that the caller copies in and out */
        };
        uint64_t serial;
        uint32_t n_key;
        uint32_t hash;
} TableEntry;

/* The link of number i has both: `first` of bucket i, and `next` of the entry at position i. */
typedef struct TableLink {
        uint32_t first; /* position + 1 of the first entry of the bucket, or 0 */
        uint32_t next;  /* position + 1 of the next entry of the same bucket, or 0 */
} TableLink;

typedef struct Table {
        Segments entries;   /* of TableEntry */
        Segments links;     /* of TableLink */
        Segments live;      /* of uint64_t: a bit for each entry that is not a hole */
        uint32_t n_entries; /* holes and gap included */
        uint32_t n_buckets;
        uint32_t n_live;
        uint32_t gap_begin, gap_end; /* of the compaction that is under way; both 0 without one */
        uint32_t first : 31; /* position of the first entry; n_entries if the table is empty */
        uint32_t has_borrowed_keys : 1;
        uint64_t last_serial;
        uint64_t n_moved; /* entries moved to another place or bucket, ever */
} Table;

/* Returns the memory that an entry is charged for: with its key and its link. */
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
 * removal in between may free the room again. Returns 0, or -ENOMEM without new room. */
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

TableEntry *table_first(const Table *t);
TableEntry *table_last(const Table *t);
/* Returns the first entry with a greater serial, or NULL. Serial 0 gives the first entry of the table. O(log n). */
TableEntry *table_after(const Table *t, uint64_t serial);
/* Returns a position for table_step(), which then returns the same entry as table_after(). */
uint32_t table_position_after(const Table *t, uint64_t serial);
/* Returns the first entry from a position on, or NULL, and moves the position behind it. Position 0 is before all
 * entries. A position is valid until the next insertion or removal. */
TableEntry *table_step(const Table *t, uint32_t *position);

/* Visits the entries in insertion order. Entries must not be added or removed meanwhile, unless the walk ends there. To remove
 * entries, walk by table_after(). */
#define TABLE_FOREACH(e, t)                                                                        \
        for (uint32_t e##_position = 0, e##_done = 0; !e##_done; e##_done = 1)                     \
                for (TableEntry *e = NULL; (e = table_step(t, &e##_position));)
