/* Giving memory back to the system.
 *
 * malloc() keeps what was freed between what is still in use, and malloc_trim() gives those pages back. A call takes
 * 75 us for each MiB that it gives back, and 0.3 to 0.7 us for each free block of a page or more, also those without
 * pages: neither is a matter of the core's steps. So the server trims whenever TRIM_BYTES were freed, which is a
 * fraction of a millisecond each time, and as the contents of objects are freed in slices (daemon/core/remains.h), the
 * pauses lie in different turns.
 *
 * A heap with very many free blocks between blocks in use makes a call long whatever it gives back. The number of such
 * blocks grows with what was freed, so the calls become long little by little: after one of more than TRIM_NS the
 * memory stays with the process, which uses it again, until half of what is in use is gone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct MemoryTrim {
        uint64_t most; /* bytes that were in use at once since memory was given back last */
        /* while a call takes too long: the most that was in use since; otherwise 0 */
        uint64_t paused;
        uint64_t last; /* bytes in use at the end of the last turn */
} MemoryTrim;

enum { TRIM_BYTES = 8 << 20, TRIM_NS = 5000000 };

/* Makes malloc() merge what is freed with its neighbours at once and not in one long pause later, and take very large
 * blocks from the system one by one. To be called before anything large is allocated. */
void memory_trim_init(void);
/* To be called once a turn, with the bytes that are in use: gives back what was freed if it is enough. */
void memory_trim_run(MemoryTrim *trim, uint64_t n_bytes);

/* Its parts: whether enough was freed; and that giving it back took so long. */
bool memory_trim_is_due(MemoryTrim *trim, uint64_t n_bytes);
void memory_trim_note(MemoryTrim *trim, uint64_t n_bytes, int64_t cpu_ns);
