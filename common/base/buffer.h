/* A growable run of bytes with a consumed front: what is still to be sent, or
 * received and not yet decoded. Zero-initialised is empty and valid. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/macros.h"

typedef struct Buffer {
        char *data;      /* start of the allocation */
        size_t start;    /* first byte not yet consumed */
        size_t end;      /* one past the last byte */
        size_t capacity; /* bytes allocated */
} Buffer;

void buffer_deinit(Buffer *b);

static inline char *buffer_bytes(const Buffer *b) {
        return b->data ? b->data + b->start : NULL;
}

static inline size_t buffer_size(const Buffer *b) {
        return b->end - b->start;
}

/* For buffer_reserve(), when the room is not there. */
int buffer_grow(Buffer *b, size_t n);

/* Makes room for n more bytes behind the end. Returns 0, or -ENOMEM with the buffer unchanged. */
static inline int buffer_reserve(Buffer *b, size_t n) {
        return n <= b->capacity - b->end ? 0 : buffer_grow(b, n);
}

static inline int buffer_append(Buffer *b, const void *data, size_t n) {
        int r = buffer_reserve(b, n);

        if (r < 0 || n == 0)
                return r;
        memcpy(b->data + b->end, data, n);
        b->end += n;
        return 0;
}
int buffer_append_string(Buffer *b, const char *s);
static inline int buffer_append_byte(Buffer *b, char c) {
        int r = buffer_reserve(b, 1);

        if (r == 0)
                b->data[b->end++] = c;
        return r;
}
int buffer_append_format(Buffer *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Drops n bytes from the front. An emptied buffer starts over at its beginning
 * and gives a large allocation back. */
void buffer_consume(Buffer *b, size_t n);
/* Drops the content, and keeps the allocation. */
static inline void buffer_clear(Buffer *b) {
        b->start = b->end = 0;
}
/* Cuts the buffer back to its first n unconsumed bytes. */
void buffer_truncate(Buffer *b, size_t n);
