/* Spare buffers: memory of long lines that have run and of long replies that were sent, kept for the
 * next ones. A buffer that grows to the length of a long line copies as many bytes again on the way,
 * and new memory comes from the kernel, page by page. */
#pragma once

#include "base/buffer.h"

/* Bounds of the memory that is kept while no line needs it. Several buffers are kept, since the
 * lines of several connections arrive at the same time, in pieces. */
enum {
        SPARES_MAX = 8,
        SPARE_BYTES_MIN = 64 << 10, /* of one buffer */
        SPARE_BYTES_MAX = 2 << 20,
        SPARES_BYTES_MAX = 8 << 20, /* of all */
};

typedef struct Spares {
        Buffer buffers[SPARES_MAX]; /* empty, in the order of their capacity */
        unsigned n;
        size_t n_bytes; /* sum of the capacities */
} Spares;

void spares_deinit(Spares *spares);
/* Returns the smallest buffer with room for n bytes, otherwise the largest; without memory if none is
 * kept. It is empty. */
Buffer spares_take(Spares *spares, size_t n);
/* Takes ownership of the memory of an empty buffer, unless it is too small or too large; frees the
 * smallest buffers that exceed the bounds. */
void spares_keep(Spares *spares, Buffer *empty);
