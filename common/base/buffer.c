/* A growable run of bytes with a consumed front.
 *
 * The content is data[start, end). Consuming only moves `start`; the bytes before it are reused when the buffer needs room. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* The first allocation, and what an emptied buffer may keep: there can be ten thousand of them. */
#define CAPACITY_MIN  ((size_t)256)
#define CAPACITY_KEPT ((size_t)4096)

/* Enough for most formatted texts. */
#define FORMAT_ROOM 64

void buffer_deinit(Buffer *b) {
        free(b->data);
        *b = (Buffer){};
}

/* Moves the content to the front of the allocation. */
static void buffer_pack(Buffer *b) {
        if (b->start == 0)
                return;
        memmove(b->data, b->data + b->start, buffer_size(b));
        b->end -= b->start;
        b->start = 0;
}

int buffer_grow(Buffer *b, size_t n) {
        size_t size = buffer_size(b);
        if (n > SIZE_MAX / 4 - size)
                return -ENOMEM;

        /* Each byte moved was paid for by a byte consumed, so packing stays linear. */
        if (b->start >= size && n <= b->capacity - size) {
                buffer_pack(b);
                return 0;
        }

        size_t capacity = b->capacity ? 2 * b->capacity : CAPACITY_MIN;
        while (capacity < size + n)
                capacity *= 2;
        buffer_pack(b);
        char *data = realloc(b->data, capacity);
        if (!data)
                return -ENOMEM;
        b->data = data;
        b->capacity = capacity;
        return 0;
}

int buffer_append_string(Buffer *b, const char *s) {
        return buffer_append(b, s, strlen(s));
}

/* Formats into the free part. Returns the length of the whole text, even if the free part is too small for it. */
static int PRINTF_LIKE(2, 0) print_behind(Buffer *b, const char *format, va_list args) {
        return vsnprintf(b->data + b->end, b->capacity - b->end, format, args);
}

int buffer_append_format(Buffer *b, const char *format, ...) {
        int r = buffer_reserve(b, FORMAT_ROOM);
        if (r < 0)
                return r;
        va_list args;
        va_start(args, format);
        int n = print_behind(b, format, args);
        va_end(args);
        if (n < 0)
                return -errno;

        /* vsnprintf() needs room for a NUL too, which does not become part of the content. */
        if ((size_t)n >= b->capacity - b->end) {
                r = buffer_reserve(b, (size_t)n + 1);
                if (r < 0)
                        return r;
                va_start(args, format);
                print_behind(b, format, args);
                va_end(args);
        }
        b->end += (size_t)n;
        return 0;
}

/* Starts an emptied buffer over. */
static void buffer_rewind(Buffer *b) {
        if (b->capacity > CAPACITY_KEPT)
                buffer_deinit(b);
        else
                b->start = b->end = 0;
}

void buffer_consume(Buffer *b, size_t n) {
        b->start += n;
        if (b->start == b->end)
                buffer_rewind(b);
}

void buffer_truncate(Buffer *b, size_t n) {
        b->end = b->start + n;
        if (n == 0)
                buffer_rewind(b);
}
