/* The header of a message on a connection: its length, as Python's multiprocessing.connection writes it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
        FRAME_SHORT = 4,      /* bytes of the header of a message up to 0x7fffffff bytes */
        FRAME_LONG = 4 + 8,   /* of a longer one */
        FRAME_HEADER_MAX = 12 /* the larger of them */
};

/* Writes the header for a length. Returns the size of the header. */
size_t frame_encode(unsigned char header[FRAME_HEADER_MAX], uint64_t length);
/* Returns the size of a header whose first n bytes have arrived. Until they decide it, this is FRAME_SHORT. */
size_t frame_header_size(const unsigned char *header, size_t n);
/* Reads the length from a complete header. Returns 0, or -EPROTO for an impossible length. */
int frame_decode(const unsigned char *header, uint64_t *ret_length);
