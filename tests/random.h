/* Random numbers that are equal in every run: xorshift64*, by Vigna. */
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

/* Returns a number below n. */
static inline uint64_t random_below(Random *r, uint64_t n) {
        return (random_next(r) >> 16) % n;
}

/* Returns how often to repeat something that is normally repeated n times: fewer times under
 * slow tools ($SHMGR_TEST_SHORT). */
static inline int random_rounds(int n) {
        const char *is_short = getenv("SHMGR_TEST_SHORT");

        return is_short && *is_short ? (n + 15) / 16 : n;
}
