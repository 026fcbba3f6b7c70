/* The transport over a connected Unix socket. The peer is there as long as both the socket and its process are. */
#pragma once

#include <event2/event.h>

#include "peer-process.h"
#include "transport.h"

/* The memory that a connection takes for it, for the account. */
size_t unix_socket_memory(void);
/* Takes over the socket and the process, which may be NULL, in any case. 0 or -ENOMEM. */
int unix_socket_new(struct event_base *base, int fd, Process *process, Transport **ret);
/* The same for a socket of the daemon before a restart, whose process may have exited already. After -ENOMEM the socket is
 * the caller's. */
int unix_socket_restore(struct event_base *base, int fd, Process *process, Transport **ret);

/* For restarts: the socket, and the pidfd of the process or -1. */
int unix_socket_fd(const Transport *transport);
int unix_socket_pidfd(const Transport *transport);
/* The process, if this is the first of its sockets; otherwise NULL. */
const Process *unix_socket_process_if_first(const Transport *transport);
