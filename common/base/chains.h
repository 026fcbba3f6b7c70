/* A hash table of structures that have a node of it as a member, so that an insertion needs no memory but that of the buckets.
 *
 * The caller makes the hash of a key, and compares the keys of the nodes that have this hash. As in table.h, no operation moves
 * more than a few nodes: the buckets grow and shrink one at a time.
 *
 * Zero-initialised is empty and valid. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/segments.h"

typedef struct ChainNode ChainNode;

struct ChainNode {
        ChainNode *next; /* of its bucket */
        uint32_t hash;
};

typedef struct Chains {
        Segments buckets; /* of ChainNode *: the first of each */
        uint32_t n_buckets;
        uint32_t n; /* nodes */
} Chains;

/* Frees the buckets; the nodes belong to the caller. */
void chains_deinit(Chains *c);
/* Makes sure that the next insertion has its bucket. Returns 0 or -ENOMEM. */
int chains_reserve(Chains *c);
/* Inserts a node, which is in no chain, after chains_reserve(). */
void chains_insert(Chains *c, ChainNode *node, uint32_t hash);
/* Removes a node, which is in one of these chains. */
void chains_remove(Chains *c, ChainNode *node);
/* chains_first() returns the first node with this hash, chains_next() the one behind such a node; or NULL. */
ChainNode *chains_first(const Chains *c, uint32_t hash);
ChainNode *chains_next(const ChainNode *node);
/* Returns the bytes that a node takes in the buckets. */
size_t chains_place_memory(void);
