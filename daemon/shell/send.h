/* Sending output to a client, and the descriptors that go with it. */
#pragma once

#include <stddef.h>

#include "attachment.h"
#include "base/buffer.h"

/* Sends what there is room for in the socket, `most` bytes at most, and consumes it: 0, also when something is
 * left; or negative errno, -EAGAIN when there is no room at all. */
int send_output(int fd, Buffer *output, Attachments *attachments, size_t most);
/* Drops n bytes, and what goes with them. */
void send_drop(Buffer *output, Attachments *attachments, size_t n);
