/* Many calls of which each is sent once: filling, and what depends on the number of elements. */
#pragma once

#include <stdint.h>

#include "server.h"

/* Writes request number i behind `into`, with its newlines. */
typedef void (*StreamMaker)(Buffer *into, uint64_t i, const void *userdata);

/* Sends n requests on the connection, a hundred in flight, and looks at each reply: none may be an error. The processor time of the
 * server, in nanoseconds. */
int64_t stream_run(const Server *server, int fd, uint64_t n, StreamMaker maker,
                   const void *userdata);
