/* Descriptors packed into messages in a few socketpairs. Each message has some descriptors and
 * their numbers. A process that receives the reading ends of the pairs gets all of the
 * descriptors. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
        PACK_PAIRS_MAX = 60,       /* number of socketpairs */
        PACK_PER_MESSAGE = 250,    /* number of descriptors; the kernel allows 253 */
        PACK_NUMBER_MAX = 1 << 24, /* the highest number of a descriptor */
        PACK_TOTAL_MAX = 1 << 22,
};

typedef struct Pack {
        int pairs[PACK_PAIRS_MAX]; /* the reading ends */
        size_t n_pairs;
} Pack;

/* Packs the descriptors, at most `per_message` into a message. Returns 0; -E2BIG if they need too
 * many pairs; or the error of the kernel, such as -ETOOMANYREFS. `id` marks the messages. After a
 * failure the pack has no pairs. */
int pack_make(Pack *pack, uint64_t id, const int *fds, size_t n, size_t per_message);
/* Closes the reading ends. */
void pack_close(Pack *pack);

/* An unpacked descriptor: it is `fd` here, and was `number` in the process that packed it. */
typedef struct Unpacked {
        int fd, number;
} Unpacked;

typedef struct UnpackedList {
        Unpacked *items;
        size_t n;
        uint64_t id; /* of the messages */
} UnpackedList;

/* Reads all messages of the pairs. Returns 0; -EBADMSG if these are not all messages of one pack;
 * or the error of the kernel. The caller owns the descriptors of the list in any case. */
int pack_read(const Pack *pack, UnpackedList *ret);
/* Closes the descriptors and frees the list. */
void unpacked_deinit(UnpackedList *list);
