/* Random numbers that are the same in every run: xorshift64*, by Vigna. */
#pragma once

#include <stdint.h>
#include <stdlib.h>

typedef struct Random {
        uint64_t state; /* not 0 */
} Random;

static inline uint64_t random_next(Random *r) {
        r->state ^= r->state >> 12;
        r->state ^= r->state << 25;
        r->state ^= r->state >> 27;
        return r->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* A number below n. */
static inline uint64_t random_below(Random *r, uint64_t n) {
        return (random_next(r) >> 16) % n;
}

/* How often to do what is done often: fewer times under tools that are slow ($SHMGR_TEST_SHORT). */
static inline int random_rounds(int n) {
        const char *is_short = getenv("SHMGR_TEST_SHORT");

        return is_short && *is_short ? (n + 15) / 16 : n;
}
