/* A header is 4 bytes, or ff ff ff ff and 8 bytes; the most significant byte comes first. */
#include <errno.h>

#include "connection/frame.h"

static void put(unsigned char *to, uint64_t value, int n) {
        for (int i = n - 1; i >= 0; i--, value >>= 8)
                to[i] = (unsigned char)value;
}

static uint64_t get(const unsigned char *from, int n) {
        uint64_t value = 0;

        for (int i = 0; i < n; i++)
                value = value << 8 | from[i];
        return value;
}

size_t frame_encode(unsigned char header[FRAME_HEADER_MAX], uint64_t length) {
        if (length <= INT32_MAX) {
                put(header, length, FRAME_SHORT);
                return FRAME_SHORT;
        }
        put(header, UINT32_MAX, 4);
        put(header + 4, length, 8);
        return FRAME_LONG;
}

size_t frame_header_size(const unsigned char *header, size_t n) {
        return n >= FRAME_SHORT && get(header, 4) == UINT32_MAX ? FRAME_LONG : FRAME_SHORT;
}

/* No sender writes a negative length other than the mark -1, or a length above INT64_MAX. */
int frame_decode(const unsigned char *header, uint64_t *ret_length) {
        uint64_t length = get(header, 4);
        uint64_t most = INT32_MAX;

        if (length == UINT32_MAX) {
                length = get(header + 4, 8);
                most = INT64_MAX;
        }
        if (length > most)
                return -EPROTO;
        *ret_length = length;
        return 0;
}
