/* A hash table that keeps insertion order: byte strings to pointers.
 *
 * The entries lie in one dense array in the order of their insertion; beside it
 * stands an open-addressed index of positions. A removed entry leaves a hole
 * that the next compaction takes away, so order costs nothing and churn leaks
 * nothing. Every entry has a serial that only grows: a cursor is a serial, found
 * again by binary search even when its entry is gone. Replacing the value of a
 * key keeps its place and serial.
 *
 * Zero-initialised is empty and valid. Keys are copied; values are the caller's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TableEntry {
        char *key; /* NUL-terminated for convenience; may hold NULs of its own; NULL in a hole */
        size_t n_key;
        uint64_t serial;
        void *value;
        uint32_t hash;
} TableEntry;

typedef struct Table {
        TableEntry *entries;
        uint32_t *index;   /* position + 1 of an entry, or 0; a power of two slots */
        size_t n_entries;  /* used part of entries, holes included */
        size_t n_capacity; /* of entries */
        size_t n_index;
        size_t n_live;
        uint64_t last_serial;
} Table;

/* Frees keys and arrays; the values must have been taken care of before. */
void table_deinit(Table *t);

static inline size_t table_size(const Table *t) {
        return t->n_live;
}

/* The entry of a key, or NULL. Valid until the next insertion or removal. */
TableEntry *table_find(const Table *t, const void *key, size_t n_key);
/* The value of a key, or NULL. */
void *table_get(const Table *t, const void *key, size_t n_key);

/* Makes sure that the next n insertions cannot fail but for the copy of their key (a removal in
 * between may give the room back). */
int table_reserve(Table *t, size_t n);
/* Gives memory back when most of it is unused, as every removal does: for room that was not needed. */
void table_trim(Table *t);
/* Appends a new key: 0, -EEXIST, or -ENOMEM with the table unchanged. */
int table_add(Table *t, const void *key, size_t n_key, void *value);
/* Takes a key out and answers its value (NULL if it was not there). */
void *table_remove(Table *t, const void *key, size_t n_key);
/* Takes out an entry that was found before. */
void *table_remove_entry(Table *t, TableEntry *entry);

/* In insertion order. The entries themselves must not be added or removed meanwhile,
 * except that the entry just visited may be removed with table_remove_entry() when
 * the walk goes on by its serial. */
TableEntry *table_first(const Table *t);
TableEntry *table_last(const Table *t);
/* The first entry with a greater serial, or NULL; serial 0 gives the first of all. O(log n). */
TableEntry *table_after(const Table *t, uint64_t serial);
/* The next live entry behind this one, or NULL. O(1) amortised. */
TableEntry *table_next(const Table *t, const TableEntry *entry);

#define TABLE_FOREACH(e, t) for (TableEntry *e = table_first(t); e; e = table_next(t, e))
