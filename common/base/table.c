/* A hash table that keeps insertion order.
 *
 * The index is probed linearly and is never more than half full; a removal moves later
 * entries of its cluster up, so there are no tombstones. A hole in the entries holds, in
 * n_key, how many holes are known to follow it, itself included: a walk that had to cross
 * a run of holes leaves a short cut behind. So taking entries from the front one by one
 * stays linear, and without a field for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "base/table.h"

#define CAPACITY_MIN ((size_t)8)
#define CAPACITY_MAX ((size_t)1 << 30)

void table_deinit(Table *t) {
        for (size_t i = 0; i < t->n_entries; i++)
                free(t->entries[i].key);
        free(t->entries);
        free(t->index);
        *t = (Table){};
}

static uint32_t hash_of(const void *key, size_t n_key) {
        return (uint32_t)siphash13(hash_key_of_process(), key, n_key);
}

static bool entry_is(const TableEntry *e, uint32_t hash, const void *key, size_t n_key) {
        return e->hash == hash && e->n_key == n_key &&
               (n_key == 0 || memcmp(e->key, key, n_key) == 0);
}

/* The slot of a key, or the empty one where it would go. The index must not be empty. */
static size_t index_slot(const Table *t, uint32_t hash, const void *key, size_t n_key) {
        size_t slot = hash & (t->n_index - 1);
        while (t->index[slot] != 0 && !entry_is(&t->entries[t->index[slot] - 1], hash, key, n_key))
                slot = (slot + 1) & (t->n_index - 1);
        return slot;
}

/* The slot of an entry that is in the index. */
static size_t index_slot_of(const Table *t, const TableEntry *e) {
        uint32_t wanted = (uint32_t)(e - t->entries) + 1;
        size_t slot = e->hash & (t->n_index - 1);
        while (t->index[slot] != wanted)
                slot = (slot + 1) & (t->n_index - 1);
        return slot;
}

/* Empties a slot and closes the gap: an entry behind it moves up unless its home lies
 * (cyclically) behind the gap. */
static void index_clear(Table *t, size_t gap) {
        size_t mask = t->n_index - 1;
        for (size_t slot = (gap + 1) & mask; t->index[slot] != 0; slot = (slot + 1) & mask) {
                size_t home = t->entries[t->index[slot] - 1].hash & mask;
                if (((slot - home) & mask) >= ((slot - gap) & mask)) {
                        t->index[gap] = t->index[slot];
                        gap = slot;
                }
        }
        t->index[gap] = 0;
}

static void index_fill(Table *t) {
        size_t mask = t->n_index - 1;
        for (size_t i = 0; i < t->n_entries; i++) {
                size_t slot = t->entries[i].hash & mask;
                while (t->index[slot] != 0)
                        slot = (slot + 1) & mask;
                t->index[slot] = (uint32_t)i + 1;
        }
}

/* Takes the holes out of the entries; the index is stale afterwards. */
static void entries_pack(Table *t) {
        size_t n = 0;
        for (size_t i = 0; i < t->n_entries; i++)
                if (t->entries[i].key)
                        t->entries[n++] = t->entries[i];
        t->n_entries = n;
}

/* Rebuilds with room for n_capacity entries, a power of two and no less than are live. */
static int table_rebuild(Table *t, size_t n_capacity) {
        size_t n_index = 2 * n_capacity;
        uint32_t *index = calloc(n_index, sizeof(*index));
        if (!index)
                return -ENOMEM;

        /* With growth there may be no holes to take out, and realloc() can often extend in place. */
        if (n_capacity > t->n_capacity) {
                TableEntry *entries = reallocarray(t->entries, n_capacity, sizeof(*entries));
                if (!entries) {
                        free(index);
                        return -ENOMEM;
                }
                t->entries = entries;
        }
        entries_pack(t);
        if (n_capacity < t->n_capacity) {
                TableEntry *entries = reallocarray(t->entries, n_capacity, sizeof(*entries));
                if (entries)
                        t->entries = entries; /* else the larger array does as well */
        }
        free(t->index);
        t->index = index;
        t->n_index = n_index;
        t->n_capacity = n_capacity;
        index_fill(t);
        return 0;
}

/* Takes the holes out without any memory of its own. */
static void table_compact(Table *t) {
        entries_pack(t);
        memset(t->index, 0, t->n_index * sizeof(*t->index));
        index_fill(t);
}

int table_reserve(Table *t, size_t n) {
        if (n <= t->n_capacity - t->n_entries)
                return 0;
        if (n > CAPACITY_MAX - t->n_live)
                return -ENOMEM;

        /* Compacting pays when it frees a quarter, else the next one would come too soon. */
        size_t n_holes = t->n_entries - t->n_live;
        if (t->n_live + n <= t->n_capacity && n_holes >= t->n_capacity / 4) {
                table_compact(t);
                return 0;
        }
        size_t n_capacity = t->n_capacity < CAPACITY_MIN ? CAPACITY_MIN : t->n_capacity;
        while (n_capacity < t->n_live + n)
                n_capacity *= 2;
        if (n_capacity == t->n_capacity && n_capacity < CAPACITY_MAX)
                n_capacity *= 2;
        return table_rebuild(t, n_capacity);
}

TableEntry *table_find(const Table *t, const void *key, size_t n_key) {
        if (t->n_live == 0)
                return NULL;
        uint32_t position = t->index[index_slot(t, hash_of(key, n_key), key, n_key)];
        return position ? &t->entries[position - 1] : NULL;
}

void *table_get(const Table *t, const void *key, size_t n_key) {
        TableEntry *e = table_find(t, key, n_key);
        return e ? e->value : NULL;
}

static char *copy_key(const void *key, size_t n_key) {
        char *copy = malloc(n_key + 1);
        if (!copy)
                return NULL;
        if (n_key > 0)
                memcpy(copy, key, n_key);
        copy[n_key] = '\0';
        return copy;
}

int table_add(Table *t, const void *key, size_t n_key, void *value) {
        uint32_t hash = hash_of(key, n_key);
        if (t->n_live > 0 && t->index[index_slot(t, hash, key, n_key)] != 0)
                return -EEXIST;

        char *copy = copy_key(key, n_key);
        if (!copy)
                return -ENOMEM;
        int r = table_reserve(t, 1);
        if (r < 0) {
                free(copy);
                return r;
        }
        size_t slot = index_slot(t, hash, key, n_key);
        t->entries[t->n_entries++] = (TableEntry){
                .key = copy,
                .n_key = n_key,
                .serial = ++t->last_serial,
                .value = value,
                .hash = hash,
        };
        t->index[slot] = (uint32_t)t->n_entries;
        t->n_live++;
        return 0;
}

void table_trim(Table *t) {
        if (t->n_capacity <= CAPACITY_MIN || t->n_live >= t->n_capacity / 8)
                return;
        size_t n_capacity = CAPACITY_MIN;
        while (n_capacity < 2 * t->n_live)
                n_capacity *= 2;
        (void)table_rebuild(t, n_capacity); /* without memory for that, it stays large */
}

void *table_remove_entry(Table *t, TableEntry *entry) {
        void *value = entry->value;
        index_clear(t, index_slot_of(t, entry));
        free(entry->key);
        entry->key = NULL;
        entry->value = NULL;
        entry->n_key = 1;
        t->n_live--;
        while (t->n_entries > 0 && !t->entries[t->n_entries - 1].key)
                t->n_entries--;
        table_trim(t);
        return value;
}

void *table_remove(Table *t, const void *key, size_t n_key) {
        TableEntry *e = table_find(t, key, n_key);
        return e ? table_remove_entry(t, e) : NULL;
}

/* The first live entry at a position or behind it, or NULL. The last entry is always live, and a
 * short cut never leads past it. */
static TableEntry *table_live_from(const Table *t, size_t position) {
        if (position >= t->n_entries)
                return NULL;
        size_t live = position;
        while (!t->entries[live].key)
                live += t->entries[live].n_key;
        while (position < live) {
                size_t next = position + t->entries[position].n_key;
                t->entries[position].n_key = live - position;
                position = next;
        }
        return &t->entries[live];
}

TableEntry *table_first(const Table *t) {
        return table_live_from(t, 0);
}

TableEntry *table_last(const Table *t) {
        return t->n_entries > 0 ? &t->entries[t->n_entries - 1] : NULL;
}

TableEntry *table_after(const Table *t, uint64_t serial) {
        size_t low = 0, high = t->n_entries;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (t->entries[middle].serial > serial)
                        high = middle;
                else
                        low = middle + 1;
        }
        return table_live_from(t, low);
}

TableEntry *table_next(const Table *t, const TableEntry *entry) {
        return table_live_from(t, (size_t)(entry - t->entries) + 1);
}
