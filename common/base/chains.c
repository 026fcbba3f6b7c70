/* Chains: linear hashing, as in table.c. With n_buckets between 2^k and 2^(k+1), the buckets below n_buckets - 2^k are split
 * already: their nodes are told apart by k + 1 bits of the hash, those of the others by k bits. An insertion splits at most one
 * bucket, and a removal merges at most two. */
#include <errno.h>

#include "base/chains.h"

enum {
        BUCKETS_MIN = SEGMENTS_CAPACITY_MIN,
        BUCKETS_MAX = 1 << 30,
        MERGES_MAX = 2,
        SEGMENTS_MAX = 2, /* segments that one removal frees */
};

static ChainNode **bucket_at(const Chains *c, uint32_t bucket) {
        return segments_at(&c->buckets, sizeof(ChainNode *), bucket);
}

/* Returns the greatest power of two that is not above n, which is not 0. */
static uint32_t power_below(uint32_t n) {
        return (uint32_t)1 << (31 - __builtin_clz(n));
}

static ChainNode **bucket_of(const Chains *c, uint32_t hash) {
        uint32_t n_low = power_below(c->n_buckets);
        uint32_t bucket = hash & (2 * n_low - 1);

        return bucket_at(c, bucket < c->n_buckets ? bucket : hash & (n_low - 1));
}

/* Adds a bucket, and moves to it the nodes of the first unsplit bucket whose hash has the next bit set. */
static void chains_split(Chains *c) {
        uint32_t n_low = power_below(c->n_buckets), made = c->n_buckets++;
        ChainNode **link = bucket_at(c, made - n_low), **end = bucket_at(c, made);

        while (*link) {
                ChainNode *node = *link;
                if ((node->hash & (2 * n_low - 1)) == made) {
                        *link = node->next;
                        *end = node;
                        end = &node->next;
                } else {
                        link = &node->next;
                }
        }
        *end = NULL;
}

/* Removes the last bucket, and appends its nodes to the bucket that it was split from. */
static void chains_merge(Chains *c) {
        uint32_t last = --c->n_buckets;
        ChainNode **link = bucket_at(c, last - power_below(last));

        while (*link)
                link = &(*link)->next;
        *link = *bucket_at(c, last);
}

static void chains_grow(Chains *c) {
        if (c->n_buckets == 0)
                for (; c->n_buckets < BUCKETS_MIN; c->n_buckets++)
                        *bucket_at(c, c->n_buckets) = NULL;
        else if (c->n >= c->n_buckets)
                chains_split(c);
}

static void chains_shrink(Chains *c) {
        for (int i = 0; i < MERGES_MAX && c->n_buckets > BUCKETS_MIN &&
                        c->n_buckets > c->n + c->n / 4 + BUCKETS_MIN;
             i++)
                chains_merge(c);
}

void chains_deinit(Chains *c) {
        segments_deinit(&c->buckets);
        *c = (Chains){0};
}

int chains_reserve(Chains *c) {
        return c->n < BUCKETS_MAX
                       ? segments_reserve(&c->buckets, sizeof(ChainNode *), (size_t)c->n + 1)
                       : -ENOMEM;
}

void chains_insert(Chains *c, ChainNode *node, uint32_t hash) {
        chains_grow(c);
        ChainNode **bucket = bucket_of(c, hash);
        *node = (ChainNode){.next = *bucket, .hash = hash};
        *bucket = node;
        c->n++;
}

void chains_remove(Chains *c, ChainNode *node) {
        ChainNode **link = bucket_of(c, node->hash);

        while (*link != node)
                link = &(*link)->next;
        *link = node->next;
        c->n--;
        chains_shrink(c);
        segments_trim(&c->buckets, sizeof(ChainNode *), c->n_buckets, SEGMENTS_MAX);
}

static ChainNode *with_hash(ChainNode *node, uint32_t hash) {
        while (node && node->hash != hash)
                node = node->next;
        return node;
}

ChainNode *chains_first(const Chains *c, uint32_t hash) {
        return c->n > 0 ? with_hash(*bucket_of(c, hash), hash) : NULL;
}

ChainNode *chains_next(const ChainNode *node) {
        return with_hash(node->next, node->hash);
}

size_t chains_place_memory(void) {
        return sizeof(ChainNode *);
}
