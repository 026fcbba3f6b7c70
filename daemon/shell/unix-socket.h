/* The transport over a connected Unix socket. The peer is there as long as both the socket and its process are. */
#pragma once

#include <event2/event.h>

#include "peer-process.h"
#include "transport.h"

/* The memory that a connection takes for it, for the account. */
size_t unix_socket_memory(void);
/* Takes over the socket and the process, which may be NULL, in any case. 0 or -ENOMEM. */
int unix_socket_new(struct event_base *base, int fd, Process *process, Transport **ret);
