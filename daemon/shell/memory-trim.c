/* Returns memory to the system. memory-trim.h has the model. */
#include <malloc.h>
#include <stdlib.h>

#include "clock.h"
#include "memory-trim.h"

enum { MAPPED_BYTES = 4 << 20, SORTED_BYTES = 64 << 10 };

void memory_trim_init(void) {
        /* malloc() would merge all its fast bins at once when a large block is requested: millions
         * of them after the end of a large object. */
        mallopt(M_MXFAST, 0);
        /* Large messages and values use the same memory again and again. With mmap() the system
         * would clear each page each time, which takes longer than the call. A threshold that is
         * set explicitly does not grow with freed blocks. */
        mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
        mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
}

bool memory_trim_is_due(MemoryTrim *trim, uint64_t n_bytes) {
        if (trim->most < n_bytes)
                trim->most = n_bytes;
        if (trim->paused && trim->paused < n_bytes)
                trim->paused = n_bytes;
        /* Freed memory that is in use again cannot be returned. */
        return trim->most >= n_bytes + TRIM_BYTES && (!trim->paused || n_bytes <= trim->paused / 2);
}

void memory_trim_note(MemoryTrim *trim, uint64_t n_bytes, int64_t cpu_ns) {
        trim->most = n_bytes;
        trim->paused = cpu_ns > TRIM_NS ? n_bytes : 0;
}

/* malloc() sorts freed blocks, at most 10,000 at a time, when a large block is requested.
 * malloc_trim() would walk over all that are not sorted yet. */
static void sort_free_blocks(void) {
        void *volatile block = malloc(SORTED_BYTES);

        free(block);
}

bool memory_trim_run(MemoryTrim *trim, uint64_t n_bytes) {
        bool has_less = n_bytes < trim->last;

        if (has_less)
                sort_free_blocks();
        trim->last = n_bytes;
        if (!memory_trim_is_due(trim, n_bytes))
                return has_less;
        int64_t before_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        malloc_trim(0);
        memory_trim_note(trim, n_bytes, clock_ns(CLOCK_THREAD_CPUTIME_ID) - before_ns);
        return true;
}
