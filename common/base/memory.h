/* The bytes that an allocation takes from the heap. Accounts charge this, so that their sum agrees with the memory
 * of the process. */
#pragma once

#include <stddef.h>

/* As in the allocator of the GNU C library on a 64-bit machine: a word of its own before each block, blocks
 * of sixteen bytes, and none smaller than two of these. */
static inline size_t memory_of(size_t n) {
        size_t n_block = (n + sizeof(size_t) + 15) & ~(size_t)15;

        return n_block < 32 ? 32 : n_block;
}
