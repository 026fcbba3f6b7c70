/* A hash table that keeps insertion order, and never stops to rebuild itself.
 *
 * Buckets: linear hashing. The number of buckets is about that of the entries. With n_buckets between
 * 2^k and 2^(k+1), the buckets below n_buckets - 2^k are split already and their entries told
 * apart by k + 1 bits of the hash, the others by k bits. An insertion splits at most one more
 * bucket, a removal merges at most two.
 *
 * Entries: a removal leaves a hole, which keeps its serial. When there are many holes, a
 * compaction begins; each removal carries it on by a few entries. It moves a gap up through
 * the entries:
 *
 *      0              gap_begin       gap_end                n_entries
 *      | compacted       | no entries    | not yet looked at    |
 *
 * Positions in the gap hold no entry, and their serials mean nothing; outside of it serials
 * grow from each position to the next, holes included. When the gap reaches the end, it is
 * cut off, so the last position always holds an entry. `live` has a bit for each position, which
 * is set if the position holds an entry: a run of holes is skipped 64 at a time. `first` is the first such
 * position, so entries that are taken from the front skip each hole there only once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/memory.h"
#include "base/siphash.h"
#include "base/table.h"

#define CAPACITY_MAX ((size_t)1 << 30)

enum {
        BUCKETS_MIN = SEGMENTS_CAPACITY_MIN,
        MOVES_MAX = 4,    /* entries that one removal moves for the compaction */
        MERGES_MAX = 2,   /* buckets that one removal merges */
        SEGMENTS_MAX = 2, /* segments of each array that one removal frees */
        NOTHING = UINT32_MAX,
};

_Static_assert(_Alignof(TableEntry) >= _Alignof(void *),
               "leak checkers find aligned pointers only");

static TableEntry *entry_at(const Table *t, size_t position) {
        return segments_at(&t->entries, sizeof(TableEntry), position);
}

static TableLink *link_at(const Table *t, size_t i) {
        return segments_at(&t->links, sizeof(TableLink), i);
}

static uint32_t *bucket_at(const Table *t, size_t bucket) {
        return &link_at(t, bucket)->first;
}

static uint32_t *next_of(const Table *t, size_t position) {
        return &link_at(t, position)->next;
}

static uint64_t *live_word(const Table *t, size_t word) {
        return segments_at(&t->live, sizeof(uint64_t), word);
}

size_t table_entry_memory(size_t n_key) {
        return table_place_memory() + memory_of(n_key + 1);
}

size_t table_place_memory(void) {
        return sizeof(TableEntry) + sizeof(TableLink);
}

size_t table_first_memory(void) {
        return memory_of(SEGMENTS_CAPACITY_MIN * sizeof(TableEntry)) +
               memory_of(SEGMENTS_CAPACITY_MIN * sizeof(TableLink)) +
               memory_of(SEGMENTS_CAPACITY_MIN * sizeof(uint64_t)) - table_place_memory();
}

void table_deinit(Table *t) {
        if (!t->has_borrowed_keys)
                TABLE_FOREACH (e, t)
                        free(e->key);
        segments_deinit(&t->entries);
        segments_deinit(&t->links);
        segments_deinit(&t->live);
        *t = (Table){};
}

/* ---- Live positions */

static void live_set(Table *t, size_t position) {
        *live_word(t, position / 64) |= (uint64_t)1 << position % 64;
}

/* Appends a live position. Its word of bits may be used for the first time, and is cleared then. If no other position is live,
 * `first` is this one already. */
static void live_append(Table *t) {
        if (t->n_entries % 64 == 0)
                *live_word(t, t->n_entries / 64) = 0;
        live_set(t, t->n_entries++);
}

static void live_clear(Table *t, size_t position) {
        *live_word(t, position / 64) &= ~((uint64_t)1 << position % 64);
}

/* Returns the first live position from here on, or NOTHING. */
static uint32_t live_from(const Table *t, size_t position) {
        if (position >= t->n_entries)
                return NOTHING;
        size_t word = position / 64, n_words = (t->n_entries + 63) / 64;
        uint64_t bits = *live_word(t, word) & ~(uint64_t)0 << position % 64;
        while (!bits && ++word < n_words)
                bits = *live_word(t, word);
        return bits ? (uint32_t)(word * 64) + (uint32_t)__builtin_ctzll(bits) : NOTHING;
}

/* Returns one more than the last live position of all, or 0. */
static uint32_t live_end(const Table *t) {
        for (size_t word = (t->n_entries + 63) / 64; word > 0; word--) {
                uint64_t bits = *live_word(t, word - 1);
                if (bits)
                        return (uint32_t)(word * 64) - (uint32_t)__builtin_clzll(bits);
        }
        return 0;
}

/* Finds the first live position, behind the one that was the first. */
static void find_first(Table *t) {
        t->first = (t->n_live > 0 ? live_from(t, t->first) : t->n_entries) & INT32_MAX;
}

/* ---- Buckets */

static uint32_t hash_of(const void *key, size_t n_key) {
        return (uint32_t)siphash13(hash_key_of_process(), key, n_key);
}

static bool entry_is(const TableEntry *e, uint32_t hash, const void *key, size_t n_key) {
        return e->hash == hash && e->n_key == n_key &&
               (n_key == 0 || memcmp(e->key, key, n_key) == 0);
}

/* Returns the greatest power of two that is not above n, which is not 0. */
static uint32_t power_below(uint32_t n) {
        return (uint32_t)1 << (31 - __builtin_clz(n));
}

static uint32_t *bucket_of(const Table *t, uint32_t hash) {
        uint32_t n_low = power_below(t->n_buckets);
        uint32_t bucket = hash & (2 * n_low - 1);

        return bucket_at(t, bucket < t->n_buckets ? bucket : hash & (n_low - 1));
}

/* Returns the link to an entry: in its bucket, or that of the entry before it. The link has the position of the entry, which
 * the entry does not store. */
static uint32_t *link_to(const Table *t, const TableEntry *e) {
        uint32_t *link = bucket_of(t, e->hash);

        while (entry_at(t, *link - 1) != e)
                link = next_of(t, *link - 1);
        return link;
}

static void bucket_push(Table *t, uint32_t hash, uint32_t position) {
        uint32_t *bucket = bucket_of(t, hash);

        *next_of(t, position) = *bucket;
        *bucket = position + 1;
}

/* Adds a bucket, and moves to it the entries of the first unsplit bucket whose hash has the next bit set. */
static void buckets_split(Table *t) {
        uint32_t n_low = power_below(t->n_buckets), made = t->n_buckets++;
        uint32_t *link = bucket_at(t, made - n_low), *end = bucket_at(t, made);

        while (*link) {
                uint32_t position = *link - 1, *next = next_of(t, position);
                if ((entry_at(t, position)->hash & (2 * n_low - 1)) == made) {
                        *end = *link;
                        *link = *next;
                        end = next;
                } else {
                        link = next;
                }
                t->n_moved++;
        }
        *end = 0;
}

/* Removes the last bucket, and appends its entries to the bucket that it was split from. */
static void buckets_merge(Table *t) {
        uint32_t last = --t->n_buckets;
        uint32_t *into = bucket_at(t, last - power_below(last)), *link = into;

        while (*link) {
                link = next_of(t, *link - 1);
                t->n_moved++;
        }
        *link = *bucket_at(t, last);
}

static void buckets_grow(Table *t) {
        if (t->n_buckets == 0)
                for (; t->n_buckets < BUCKETS_MIN; t->n_buckets++)
                        *bucket_at(t, t->n_buckets) = 0;
        else if (t->n_live >= t->n_buckets)
                buckets_split(t);
}

static void buckets_shrink(Table *t) {
        for (int i = 0; i < MERGES_MAX && t->n_buckets > BUCKETS_MIN &&
                        t->n_buckets > t->n_live + t->n_live / 4 + BUCKETS_MIN;
             i++)
                buckets_merge(t);
}

/* ---- Compaction */

static void entry_move(Table *t, uint32_t from, uint32_t to) {
        TableEntry *e = entry_at(t, from);
        uint32_t *link = link_to(t, e);

        live_clear(t, from);
        *entry_at(t, to) = *e;
        *next_of(t, to) = *next_of(t, from);
        *link = to + 1;
        live_set(t, to);
        if (to < t->first)
                t->first = to & INT32_MAX;
        t->n_moved++;
}

/* Cuts off the positions behind the last entry. A gap that reaches them is cut off as well, which ends the compaction. */
static void entries_cut(Table *t) {
        t->n_entries = live_end(t);
        if (t->n_entries <= t->gap_end)
                t->gap_begin = t->gap_end = 0;
}

/* Moves the gap over one entry. Returns false when that ended the compaction. */
static bool compaction_step(Table *t) {
        uint32_t position = live_from(t, t->gap_end);

        if (position != t->gap_begin)
                entry_move(t, position, t->gap_begin);
        t->gap_begin++;
        t->gap_end = position + 1;
        if (t->gap_end == t->n_entries)
                entries_cut(t);
        return t->gap_end > 0;
}

static void table_compact(Table *t) {
        uint32_t n_holes = t->n_entries - t->n_live;
        bool is_under_way = t->gap_end > 0 || n_holes > t->n_live / 2 + SEGMENTS_CAPACITY_MIN;

        for (int i = 0; is_under_way && i < MOVES_MAX; i++)
                is_under_way = compaction_step(t);
}

/* ---- Memory */

static size_t words_for(size_t n_entries) {
        return (n_entries + 63) / 64;
}

static int reserve_arrays(Table *t, size_t n) {
        int r = segments_reserve(&t->entries, sizeof(TableEntry), n);
        if (r == 0)
                r = segments_reserve(&t->live, sizeof(uint64_t), words_for(n));
        if (r == 0)
                r = segments_reserve(&t->links, sizeof(TableLink), n);
        return r;
}

static void table_give_back(Table *t, size_t n_segments) {
        segments_trim(&t->entries, sizeof(TableEntry), t->n_entries, n_segments);
        segments_trim(&t->live, sizeof(uint64_t), words_for(t->n_entries), n_segments);
        segments_trim(&t->links, sizeof(TableLink), max_size(t->n_entries, t->n_buckets),
                      n_segments);
}

void table_trim(Table *t) {
        table_give_back(t, SEGMENTS_ALL);
}

int table_reserve(Table *t, size_t n) {
        int r = n <= CAPACITY_MAX - t->n_entries ? reserve_arrays(t, t->n_entries + n) : -ENOMEM;

        if (r < 0)
                table_trim(t);
        return r;
}

/* ---- Finding, adding, removing */

static TableEntry *table_find_hashed(const Table *t, uint32_t hash, const void *key, size_t n_key) {
        uint32_t at = t->n_live > 0 ? *bucket_of(t, hash) : 0;
        while (at) {
                TableEntry *e = entry_at(t, at - 1);
                if (entry_is(e, hash, key, n_key))
                        return e;
                at = *next_of(t, at - 1);
        }
        return NULL;
}

TableEntry *table_find(const Table *t, const void *key, size_t n_key) {
        return t->n_live > 0 ? table_find_hashed(t, hash_of(key, n_key), key, n_key) : NULL;
}

void *table_get(const Table *t, const void *key, size_t n_key) {
        TableEntry *e = table_find(t, key, n_key);
        return e ? e->value : NULL;
}

static char *copy_key(const void *key, size_t n_key) {
        char *copy = n_key < UINT32_MAX ? malloc(n_key + 1) : NULL;
        if (!copy)
                return NULL;
        if (n_key > 0)
                memcpy(copy, key, n_key);
        copy[n_key] = '\0';
        return copy;
}

/* Appends an entry. table_reserve() has made room for it, so this cannot fail. */
static void entry_append(Table *t, uint32_t hash, char *key, size_t n_key, void *value) {
        buckets_grow(t);
        TableEntry *e = entry_at(t, t->n_entries);
        *e = (TableEntry){
                .key = key,
                .n_key = (uint32_t)n_key,
                .serial = ++t->last_serial,
                .value = value,
                .hash = hash,
        };
        bucket_push(t, hash, t->n_entries);
        live_append(t);
        t->n_live++;
}

int table_add(Table *t, const void *key, size_t n_key, void *value) {
        uint32_t hash = hash_of(key, n_key);
        if (table_find_hashed(t, hash, key, n_key))
                return -EEXIST;

        char *copy = copy_key(key, n_key);
        if (!copy)
                return -ENOMEM;
        int r = table_reserve(t, 1);
        if (r < 0) {
                free(copy);
                return r;
        }
        entry_append(t, hash, copy, n_key, value);
        return 0;
}

int table_add_borrowed(Table *t, const void *key, size_t n_key, void *value) {
        uint32_t hash = hash_of(key, n_key);
        if (table_find_hashed(t, hash, key, n_key))
                return -EEXIST;

        int r = table_reserve(t, 1);
        if (r < 0)
                return r;
        t->has_borrowed_keys = true;
        entry_append(t, hash, (char *)key, n_key, value);
        return 0;
}

void *table_remove_entry(Table *t, TableEntry *entry) {
        void *value = entry->value;
        uint32_t *link = link_to(t, entry), position = *link - 1;

        *link = *next_of(t, position);
        live_clear(t, position);
        if (!t->has_borrowed_keys)
                free(entry->key);
        entry->key = NULL;
        entry->value = NULL;
        t->n_live--;
        if (position == t->n_entries - 1)
                entries_cut(t);
        if (position == t->first)
                find_first(t);
        table_compact(t);
        buckets_shrink(t);
        table_give_back(t, SEGMENTS_MAX);
        return value;
}

void *table_remove(Table *t, const void *key, size_t n_key) {
        TableEntry *e = table_find(t, key, n_key);
        return e ? table_remove_entry(t, e) : NULL;
}

/* ---- Order */

TableEntry *table_step(const Table *t, uint32_t *position) {
        uint32_t live = live_from(t, *position > t->first ? *position : t->first);

        if (live == NOTHING)
                return NULL;
        *position = live + 1;
        return entry_at(t, live);
}

TableEntry *table_first(const Table *t) {
        return t->n_live == 0 ? NULL : entry_at(t, t->first);
}

TableEntry *table_last(const Table *t) {
        return t->n_live == 0 ? NULL : entry_at(t, t->n_entries - 1);
}

uint32_t table_position_after(const Table *t, uint64_t serial) {
        uint32_t n_gap = t->gap_end - t->gap_begin;
        uint32_t low = 0, high = t->n_entries - n_gap;

        while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                uint32_t position = middle < t->gap_begin ? middle : middle + n_gap;
                if (entry_at(t, position)->serial > serial)
                        high = middle;
                else
                        low = middle + 1;
        }
        return low < t->gap_begin ? low : low + n_gap;
}

TableEntry *table_after(const Table *t, uint64_t serial) {
        uint32_t position = table_position_after(t, serial);

        return table_step(t, &position);
}
