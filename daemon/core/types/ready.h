/* The items of a queue that can be taken, in the order in which they come out.
 *
 * In a fifo queue an item that is put comes last, so it needs no block of its own: it is an entry of
 * a sequence in pages. An item that comes back after a reservation was the first when it was
 * reserved, so it precedes all entries; such items are in the tree. In other orders all items are
 * in the tree. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/pages.h"
#include "json/value.h"
#include "types/items.h"

typedef struct ReadyEntry {
        uint64_t rank; /* grows from entry to entry */
        Value value;
} ReadyEntry;

enum {
        /* The pages at both ends have unused room, at most an eighth of all. It is charged in
         * advance. */
        READY_ENTRY_COST = sizeof(ReadyEntry) + sizeof(ReadyEntry) / 8,
        READY_MAX = INT32_MAX, /* items; a tree counts them in 32 bits */
};

/* Zero-initialised: empty. */
typedef struct Ready {
        Items tree;
        Pages entries; /* of ReadyEntry; they follow the items of the tree */
} Ready;

/* One of the items, until any of them changes. */
typedef struct ReadyPlace {
        Item *item; /* NULL: an entry */
        size_t entry;
        uint64_t rank;
        Value *value;
} ReadyPlace;

static inline size_t ready_n(const Ready *ready) {
        return ready->tree.n + ready->entries.n;
}

/* Return whether such an item exists: the first one, the i-th one, or the next one. */
bool ready_first(const Ready *ready, ReadyPlace *ret);
bool ready_at(const Ready *ready, size_t i, ReadyPlace *ret);
bool ready_next(const Ready *ready, ReadyPlace *place);
/* Returns the first item, of which the queue has at least one, to look at its value. */
const Value *ready_first_value(const Ready *ready);

/* Makes room for n entries behind all others. Returns 0 or -ENOMEM. */
int ready_reserve(Ready *ready, size_t n);
/* Appends an entry, for which there is room. */
void ready_append(Ready *ready, uint64_t rank, Value value);
/* Removes the first entry; the caller has taken its value. */
void ready_drop_entry(Ready *ready);
/* Frees room that is not used. */
void ready_trim(Ready *ready);
/* Returns the value of an item of a fifo queue by its rank, or NULL. */
const Value *ready_find(const Ready *ready, uint64_t rank);
