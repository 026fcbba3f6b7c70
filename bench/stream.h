/* A stream of calls, each sent once: for filling objects, and for costs that depend on the number of elements. */
#pragma once

#include <stdint.h>

#include "server.h"

/* Appends request number i to `into`, with its newlines. */
typedef void (*StreamMaker)(Buffer *into, uint64_t i, const void *userdata);

/* Sends n requests on the connection, a hundred in flight, and checks that no reply is an error. Returns the processor time of the
 * server, in nanoseconds. */
int64_t stream_run(const Server *server, int fd, uint64_t n, StreamMaker maker,
                   const void *userdata);
