/* The transport over a connected Unix socket. The peer exists as long as both the socket and its
 * process do. */
#pragma once

#include <event2/event.h>

#include "peer-process.h"
#include "transport.h"

/* Returns the memory of the transport of a connection, for the account. */
size_t unix_socket_memory(void);
/* Takes ownership of the socket and the process (may be NULL), also after a failure. Returns 0 or
 * -ENOMEM. */
int unix_socket_new(struct event_base *base, int fd, Process *process, Transport **ret);
/* For restarts: makes the transport of a socket whose process may have exited. After -ENOMEM the
 * caller keeps the socket. */
int unix_socket_restore(struct event_base *base, int fd, Process *process, Transport **ret);

/* For restarts: returns the socket, and the pidfd of the process or -1. */
int unix_socket_fd(const Transport *transport);
int unix_socket_pidfd(const Transport *transport);
/* Returns the process if this is the first of its sockets, otherwise NULL. */
const Process *unix_socket_process_if_first(const Transport *transport);
