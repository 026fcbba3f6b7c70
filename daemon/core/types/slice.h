/* Indices and slices as Python has them: negative ones count from the end, a
 * slice never fails for being too long, and steps may go backwards. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "call/call.h"

/* Elements first, first + step, ... : n of them, all of which exist. */
typedef struct Slice {
        int64_t first, step;
        size_t n;
} Slice;

/* The parameters "start", "stop" and "step", in this order, of every method that takes a slice. */
#define SLICE_ARGS                                                                                 \
        {.name = "start",                                                                          \
         .kind = ARG_INT,                                                                          \
         .optional = true,                                                                         \
         .help = "the first element; absent is the end that step begins at"},                      \
                {.name = "stop",                                                                   \
                 .kind = ARG_INT,                                                                  \
                 .optional = true,                                                                 \
                 .help = "the first element that is left out; absent is the other end"},           \
        {                                                                                          \
                .name = "step", .kind = ARG_INT, .optional = true, .fallback = "1",                \
                .schema = "{\"type\":\"integer\",\"not\":{\"const\":0}}",                          \
                .help = "how far from one to the next; negative goes backwards"                    \
        }

/* Reads three arguments, start being the i-th: OUTCOME_DONE, or OUTCOME_REFUSED (EINVAL: step 0). */
int slice_get(Call *call, unsigned i, size_t length, Slice *ret);
/* The same without a refusal: false when step is 0. */
bool slice_find(const Call *call, unsigned i, size_t length, Slice *ret);
/* The same slice, with its elements in ascending order. */
Slice slice_ascending(Slice slice);
/* The position of the k-th element of a slice. */
static inline size_t slice_at(const Slice *slice, size_t k) {
        return (size_t)(slice->first + (int64_t)k * slice->step);
}

/* Reads the i-th argument as an index (absent: fallback) of an element that must exist: OUTCOME_DONE, or
 * OUTCOME_REFUSED (ERANGE). */
int index_get(Call *call, unsigned i, int64_t fallback, size_t length, size_t *ret);
