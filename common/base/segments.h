/* An array in segments, which grows and shrinks a segment at a time: elements beyond the first
 * segment never move, and no step copies more than a segment. The first segment doubles up to its
 * full length, so a small array stays small.
 *
 * Zero-initialised is empty and valid. The size of an element is the same in every call. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SEGMENT_LENGTH = 1024, SEGMENTS_CAPACITY_MIN = 8 };

#define SEGMENTS_ALL SIZE_MAX

typedef struct Segments {
        char *first; /* elements 0 to SEGMENT_LENGTH - 1 */
        char **more; /* the segments behind it */
        uint32_t n_more_max;
        uint32_t capacity; /* elements that have memory */
} Segments;

void segments_deinit(Segments *s);
/* Makes sure that elements 0 to n - 1 have memory, n up to 2^30. Returns 0, or -ENOMEM with all elements unchanged. */
int segments_reserve(Segments *s, size_t size, size_t n);
/* Frees at most n_segments segments that elements 0 to n - 1 do not need. At least half a segment, or half of the first
 * one, stays unused, so an array that alternates around a bound does not allocate each time. SEGMENTS_ALL frees these, too. */
void segments_trim(Segments *s, size_t size, size_t n, size_t n_segments);

static inline void *segments_at(const Segments *s, size_t size, size_t i) {
        const char *segment = i < SEGMENT_LENGTH ? s->first : s->more[i / SEGMENT_LENGTH - 1];
        return (void *)(segment + i % SEGMENT_LENGTH * size);
}
