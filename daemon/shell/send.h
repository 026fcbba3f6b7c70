/* Sends output to a client, with the descriptors that belong to it. */
#pragma once

#include <stddef.h>

#include "attachment.h"
#include "base/buffer.h"

/* Sends at most `most` bytes, as far as the socket has room, and consumes them. Returns 0, also if
 * some are left, or a negative errno: -EAGAIN if the socket has no room at all. */
int send_output(int fd, Buffer *output, Attachments *attachments, size_t most);
/* Drops n bytes, and their descriptors. Output that is empty then keeps its memory. */
void send_drop(Buffer *output, Attachments *attachments, size_t n);
