/* A memo of what was found last under a name: a pointer in one of a few slots, which the name chooses.
 *
 * A slot may hold what another name chose, and nothing says how old it is. So the caller compares the name, and clears
 * the slot of what goes away. Names that share a slot make the memo useless, and cost nothing else. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MEMO_BITS = 8 };

/* Zero-initialised is empty and valid. */
typedef struct Memo {
        void *slots[1 << MEMO_BITS];
} Memo;

/* The first and the last bytes of a name, up to eight of each. */
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
