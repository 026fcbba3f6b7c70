/* Indices and slices of Python: negative ones count from the end, a slice may exceed the length,
 * and steps may be negative. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "call/call.h"

/* The elements first, first + step, ...: n of them, all of which exist. */
typedef struct Slice {
        int64_t first, step;
        size_t n;
} Slice;

/* The parameters "start", "stop" and "step", in this order, of methods that take a slice. */
#define SLICE_ARGS                                                                                 \
        {.name = "start",                                                                          \
         .kind = ARG_INT,                                                                          \
         .optional = true,                                                                         \
         .help = "the first element; default: the first of all, or the last if step is negative"}, \
                {.name = "stop",                                                                   \
                 .kind = ARG_INT,                                                                  \
                 .optional = true,                                                                 \
                 .help = "the end of the slice, which is left out; default: behind the last of "   \
                         "all, or before the first if step is negative"},                          \
        {                                                                                          \
                .name = "step", .kind = ARG_INT, .optional = true, .fallback = "1",                \
                .schema = "{\"type\":\"integer\",\"not\":{\"const\":0}}",                          \
                .help = "the distance from one element to the next; negative: backwards"           \
        }

/* Reads three arguments, of which start is the i-th. Returns OUTCOME_DONE, or OUTCOME_REFUSED
 * (EINVAL: step 0). */
int slice_get(Call *call, unsigned i, size_t length, Slice *ret);
/* Like slice_get(), but returns false if step is 0. */
bool slice_find(const Call *call, unsigned i, size_t length, Slice *ret);
/* Returns a slice of these elements in ascending order. */
Slice slice_ascending(Slice slice);
/* Returns the position of the k-th element. */
static inline size_t slice_at(const Slice *slice, size_t k) {
        return (size_t)(slice->first + (int64_t)k * slice->step);
}

/* Reads the i-th argument (default: fallback) as the index of an element that must exist. Returns
 * OUTCOME_DONE, or OUTCOME_REFUSED (ERANGE). */
int index_get(Call *call, unsigned i, int64_t fallback, size_t length, size_t *ret);

/* Returns the place of a position that may be negative, or beyond an end, which then is that end. */
static inline size_t position_limit(int64_t i, size_t length) {
        if (i < 0)
                i = i + (int64_t)length > 0 ? i + (int64_t)length : 0;
        return (size_t)i < length ? (size_t)i : length;
}
