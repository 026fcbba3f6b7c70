/* SipHash-1-3, the keyed hash of every table: a client that does not know the
 * key cannot make keys that collide. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct HashKey {
        uint64_t k0, k1;
} HashKey;

uint64_t siphash13(const HashKey *key, const void *data, size_t n);

/* Returns the key of this process: drawn once from getrandom(2), on first use, from any thread. */
const HashKey *hash_key_of_process(void);
/* For tests only: sets the key, so that none is drawn. Call this before the first table is made. */
void hash_key_set(const HashKey *key);
