/* A connection, as the library sees it: a stream, the message that is being received, the one that is being sent, and the
 * owner of each direction. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <shmgr/connection.h>

#include "base/list.h"
#include "connection/incoming.h"
#include "connection/outgoing.h"
#include "connection/stream.h"
#include "connection/direction.h"

struct shmgr_connection {
        atomic_uint n_refs;
        int directions; /* SHMGR_CONNECTION_READABLE, _WRITABLE */
        atomic_bool is_nonblocking;
        atomic_llong maxlength;
        Stream stream;

        Direction in_direction, out_direction;
        Incoming in;  /* used by the thread that has the direction */
        Outgoing out; /* used by the thread that has the direction */

        pthread_mutex_t mutex; /* for the two below */
        unsigned n_calls;      /* under way */
        bool is_closed;        /* new calls fail; the last call under way closes the descriptor */

        void (*on_close)(void *userdata);
        void *userdata;
        ListLink in_all;
};

/* Makes a connection like shmgr_connection_from_fd(). on_close (may be NULL) is called once, after the descriptor was
 * closed by shmgr_connection_close(), by the last unref, or by the last call in progress, in its thread and without a lock.
 * A child after fork(2) has a copy of the connection, which calls on_close in the child. If connection_new() fails,
 * on_close is not called, and the caller keeps the descriptor and userdata. */
int connection_new(int fd, int flags, void (*on_close)(void *userdata), void *userdata,
                   shmgr_connection **ret);

/* Begins a call that needs these directions. Returns 0, -EBADF or -EPERM. The descriptor stays open until connection_end(). */
int connection_begin(shmgr_connection *connection, int directions);
void connection_end(shmgr_connection *connection);
/* connection_end() for CLEANUP(); does nothing for NULL. */
void connection_endp(shmgr_connection **connection);

static inline bool connection_waits(const shmgr_connection *connection) {
        return !atomic_load_explicit(&connection->is_nonblocking, memory_order_relaxed);
}
