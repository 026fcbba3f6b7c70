/* Lent values: long values that stand in an output without being copied.
 *
 * A reply may hold a value of 64 KiB or of 1 MiB. Its block never changes and counts its owners, so
 * the output owns it as well, until it was sent: the object may drop the value meanwhile. The output
 * then consists of the bytes of a buffer, and of blocks that stand between them, each in front of
 * the byte at its offset.
 *
 *      bytes    {"jsonrpc":"2.0","result":"      ","id":1}\n
 *      blocks                              ^^^^^^
 *
 * At least the end of the reply stands behind a block, so an output without bytes has no blocks, and
 * no two blocks have the same offset. All other offsets into an output (attachments, held parts) count
 * the bytes of the buffer alone, and are those of lines, so none is that of a block. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attachment.h"
#include "base/buffer.h"
#include "json/value.h"

enum { LENT_MIN = 16 << 10 }; /* bytes; a shorter value is copied faster than it is lent */

typedef struct LentBlock {
        struct LentBlock *next;
        Value value;       /* owned */
        uint64_t position; /* of the byte behind it: its offset in the buffer, and Lent.n_gone */
        size_t n_sent;     /* of its first bytes */
} LentBlock;

/* Zero-initialised is empty. */
typedef struct Lent {
        LentBlock *first, *last;
        size_t n_bytes;  /* of all blocks, without what was sent */
        uint64_t n_gone; /* bytes that were removed from the front of the buffer */
} Lent;

/* Returns whether a value has the text of its block, of n bytes or more. The text of a string begins
 * and ends with a quote besides. */
static inline bool lent_fits(const Value *value, size_t n) {
        return value->form == VALUE_BLOCK && value->block->n >= n &&
               (value_is_container(value) || value->is_plain);
}

/* Lends a value at the end of the output, at this offset of its buffer. Returns false, with nothing
 * changed, if memory ran out. */
bool lent_add(Lent *lent, const Value *value, size_t offset);
/* Gives back the blocks from this offset on. */
void lent_truncate(Lent *lent, size_t offset);
void lent_clear(Lent *lent);
/* Moves the blocks between the first n bytes to the end of another output, where their offsets are
 * greater by `by`. The bytes themselves are moved by the caller. */
void lent_move(Lent *to, Lent *from, size_t n, size_t by);
/* Called when n bytes in front of the first block were sent: one step, however many blocks follow. */
void lent_shift(Lent *lent, size_t n);
/* Called when the first block comes next, and n bytes were sent. Returns how many of them were of
 * the block. */
size_t lent_consume(Lent *lent, size_t n);
/* Returns the number of bytes that are lent in front of this offset. */
size_t lent_before(const Lent *lent, size_t offset);
/* Copies the blocks into the buffer. Returns 0, or -ENOMEM with nothing changed. */
int lent_gather(Lent *lent, Buffer *bytes, Attachments *attachments);

/* Returns the bytes of memory that the blocks keep: the first one stays whole until its last byte
 * was sent. */
static inline size_t lent_memory(const Lent *lent) {
        return lent->n_bytes + (lent->first ? lent->first->n_sent : 0);
}

/* Returns the offset in the buffer of the byte behind the block. */
static inline size_t lent_offset(const Lent *lent, const LentBlock *block) {
        return (size_t)(block->position - lent->n_gone);
}

static inline const char *lent_bytes(const LentBlock *block, size_t *ret_n) {
        const char *bytes = value_bytes(&block->value, ret_n);

        *ret_n -= block->n_sent;
        return bytes + block->n_sent;
}
