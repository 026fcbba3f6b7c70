/* The header of a message on a connection: its length, as Python's multiprocessing.connection writes it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
        FRAME_SHORT = 4,      /* bytes of the header of a message up to 0x7fffffff bytes */
        FRAME_LONG = 4 + 8,   /* of a longer one */
        FRAME_HEADER_MAX = 12 /* the larger of them */
};

/* Writes the header for a length: how many bytes it has. */
size_t frame_encode(unsigned char header[FRAME_HEADER_MAX], uint64_t length);
/* How many bytes the header has of which n are known. */
size_t frame_header_size(const unsigned char *header, size_t n);
/* The length from a complete header: 0; -EPROTO when it is none. */
int frame_decode(const unsigned char *header, uint64_t *ret_length);
