/* Returns freed memory to the system.
 *
 * malloc() keeps freed memory between blocks in use, and malloc_trim() returns its pages. A call
 * takes 75 us for each MiB that it returns, and 0.3 to 0.7 us for each free block of a page or
 * more, even if it returns nothing of it. The steps of the core bound neither. So the server trims
 * whenever TRIM_BYTES were freed, which takes a fraction of a millisecond each time. The contents
 * of objects are freed in slices (daemon/core/remains.h), so the pauses are in different turns.
 *
 * A heap with very many free blocks between blocks in use makes every call long. The number of such
 * blocks grows with the freed memory, so calls get slower gradually. After a call of more than
 * TRIM_NS, memory stays with the process, which uses it again, until half of the memory in use was
 * freed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct MemoryTrim {
        uint64_t most; /* most bytes in use since memory was last returned */
        /* most bytes in use since a call took too long; 0: none did */
        uint64_t paused;
        uint64_t last; /* bytes in use at the end of the last turn */
} MemoryTrim;

enum { TRIM_BYTES = 8 << 20, TRIM_NS = 5000000 };

/* Makes malloc() merge freed blocks with their neighbours at once instead of in one long pause
 * later, and take very large blocks directly from the system. Call it before anything large is
 * allocated. */
void memory_trim_init(void);
/* Call it once in each turn, with the bytes in use: returns freed memory to the system if it is
 * enough. Returns whether it did anything. */
bool memory_trim_run(MemoryTrim *trim, uint64_t n_bytes);

/* The parts of memory_trim_run(): whether enough was freed, and noting how long the call took. */
bool memory_trim_is_due(MemoryTrim *trim, uint64_t n_bytes);
void memory_trim_note(MemoryTrim *trim, uint64_t n_bytes, int64_t cpu_ns);
