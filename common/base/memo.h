/* A cache of the objects that were found last, by name: a pointer in one of a few slots, which a hash of the name selects.
 *
 * Names with equal hashes share a slot, and a slot does not expire. So the caller compares the name of the object that it
 * finds in a slot, and clears the slot before it frees an object. Names that share a slot replace each other; nothing worse
 * happens. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MEMO_BITS = 8 };

/* Zero-initialised is empty and valid. */
typedef struct Memo {
        void *slots[1 << MEMO_BITS];
} Memo;

/* A hash of the first and the last bytes of a name, up to eight of each. */
static inline uint64_t memo_hash(const char *name, size_t n) {
        uint64_t first = 0, last = n;

        if (n >= sizeof(first)) {
                memcpy(&first, name, sizeof(first));
                memcpy(&last, name + n - sizeof(last), sizeof(last));
        } else {
                for (size_t i = 0; i < n; i++)
                        first = first << 8 | (unsigned char)name[i];
        }
        return (first ^ last * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
}

static inline void **memo_slot(Memo *memo, const char *name, size_t n) {
        return &memo->slots[memo_hash(name, n) >> (64 - MEMO_BITS)];
}
