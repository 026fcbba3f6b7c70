/* Sends output to a client, with the descriptors that belong to it. */
#pragma once

#include <stddef.h>
#include <sys/uio.h>

#include "attachment.h"
#include "base/buffer.h"
#include "lent.h"

enum { SEND_PARTS_MAX = 64 }; /* of one message: the bytes between lent values, and these */

/* Sends at most `most` bytes, as far as the socket has room, and consumes them. Returns 0, also if
 * some are left, or a negative errno: -EAGAIN if the socket has no room at all. */
int send_output(int fd, Buffer *output, Attachments *attachments, Lent *lent, size_t most);
/* Finds the parts of the next message: at most `most` bytes of the output, up to byte `end` of its buffer.
 * Returns their number of bytes. */
size_t send_parts(const Buffer *output, const Lent *lent, size_t end, size_t most,
                  struct iovec ret[SEND_PARTS_MAX], unsigned *ret_n);
/* Drops n bytes, and their descriptors. Output that is empty then keeps its memory. */
void send_drop(Buffer *output, Attachments *attachments, Lent *lent, size_t n);
