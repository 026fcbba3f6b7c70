/* Arrays in segments: see segments.h. */
#include <errno.h>
#include <stdlib.h>

#include "base/segments.h"

static size_t segments_n_more(const Segments *s) {
        return s->capacity > SEGMENT_LENGTH ? s->capacity / SEGMENT_LENGTH - 1 : 0;
}

void segments_deinit(Segments *s) {
        for (size_t i = segments_n_more(s); i > 0; i--)
                free(s->more[i - 1]);
        free(s->more);
        free(s->first);
        *s = (Segments){};
}

static int first_resize(Segments *s, size_t size, size_t capacity) {
        char *first = reallocarray(s->first, capacity, size);
        if (!first)
                return -ENOMEM;
        s->first = first;
        s->capacity = (uint32_t)capacity;
        return 0;
}

static int more_reserve(Segments *s, size_t n) {
        if (n <= s->n_more_max)
                return 0;
        size_t n_max = s->n_more_max ? s->n_more_max : 8;
        while (n_max < n)
                n_max *= 2;
        char **more = reallocarray(s->more, n_max, sizeof(*more));
        if (!more)
                return -ENOMEM;
        s->more = more;
        s->n_more_max = (uint32_t)n_max;
        return 0;
}

static int segments_append(Segments *s, size_t size) {
        size_t n = segments_n_more(s);
        int r = more_reserve(s, n + 1);
        if (r < 0)
                return r;
        s->more[n] = reallocarray(NULL, SEGMENT_LENGTH, size);
        if (!s->more[n])
                return -ENOMEM;
        s->capacity += SEGMENT_LENGTH;
        return 0;
}

int segments_reserve(Segments *s, size_t size, size_t n) {
        int r = 0;

        if (n > s->capacity && s->capacity < SEGMENT_LENGTH) {
                size_t capacity = s->capacity ? s->capacity : SEGMENTS_CAPACITY_MIN;
                while (capacity < n && capacity < SEGMENT_LENGTH)
                        capacity *= 2;
                r = first_resize(s, size, capacity);
        }
        while (r == 0 && n > s->capacity)
                r = segments_append(s, size);
        return r;
}

void segments_trim(Segments *s, size_t size, size_t n, size_t n_segments) {
        size_t n_more = segments_n_more(s), share = n_segments == SEGMENTS_ALL ? 2 : 4;
        size_t spare = n_segments == SEGMENTS_ALL ? 0 : SEGMENT_LENGTH / 2;

        for (; n_more > 0 && n_segments > 0 && n + SEGMENT_LENGTH + spare <= s->capacity;
             n_segments--) {
                free(s->more[--n_more]);
                s->capacity -= SEGMENT_LENGTH;
        }
        if (n_more > 0 || s->capacity <= SEGMENTS_CAPACITY_MIN || n > s->capacity / share)
                return;
        if (s->more) {
                free(s->more);
                s->more = NULL;
                s->n_more_max = 0;
        }
        size_t capacity = s->capacity;
        while (capacity > SEGMENTS_CAPACITY_MIN && n <= capacity / share)
                capacity /= 2;
        /* if a smaller one cannot be allocated, it stays large */
        (void)first_resize(s, size, capacity);
}
