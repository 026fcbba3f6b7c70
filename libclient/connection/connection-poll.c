/* Waiting until connections have something to receive. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/macros.h"
#include "connection/connection.h"

/* Returns whether the next message has been read already: poll(2) cannot see it. If another thread is receiving, the message belongs
 * to that thread. */
static bool has_message(shmgr_connection *connection) {
        Direction *d = &connection->in_direction;

        if (direction_enter(d, false) < 0)
                return false;
        bool is_whole = !d->is_inherited && incoming_is_whole(&connection->in);
        direction_leave(d);
        return is_whole;
}

int shmgr_connection_poll(shmgr_connection *connection, int64_t timeout_ms) {
        if (timeout_ms < SHMGR_FOREVER)
                return -EINVAL;
        int r = connection_begin(connection, SHMGR_CONNECTION_READABLE);
        if (r < 0)
                return r;
        CLEANUP(connection_endp) shmgr_connection *begun = connection;
        return has_message(begun) ? 1 : stream_poll(&begun->stream, timeout_ms);
}

/* The first n connections have a call under way. */
typedef struct Begun {
        shmgr_connection *const *connections;
        size_t n;
} Begun;

static void end_all(const Begun *begun) {
        for (size_t i = 0; i < begun->n; i++)
                connection_end(begun->connections[i]);
}

static int begin_all(Begun *begun, size_t n) {
        int r = 0;

        for (; r == 0 && begun->n < n; begun->n += r == 0)
                r = connection_begin(begun->connections[begun->n], SHMGR_CONNECTION_READABLE);
        return r;
}

static int wait_all(shmgr_connection *const connections[], size_t n, int64_t timeout_ms,
                    struct pollfd *fds, int ret_ready[]) {
        int n_ready = 0;

        for (size_t i = 0; i < n; i++) {
                fds[i] = (struct pollfd){.fd = connections[i]->stream.fd, .events = POLLIN};
                if (has_message(connections[i]))
                        timeout_ms = 0;
        }
        int r = stream_poll_many(fds, n, timeout_ms);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                ret_ready[i] = fds[i].revents != 0 || has_message(connections[i]);
                n_ready += ret_ready[i];
        }
        return r < 0 ? r : n_ready;
}

int shmgr_connection_wait(shmgr_connection *const connections[], size_t n, int64_t timeout_ms,
                          int ret_ready[]) {
        if (timeout_ms < SHMGR_FOREVER)
                return -EINVAL;
        if (n == 0)
                return 0;
        CLEANUP(freep) struct pollfd *fds = calloc(n, sizeof(*fds));
        if (!fds)
                return -ENOMEM;
        CLEANUP(end_all) Begun begun = {.connections = connections};
        int r = begin_all(&begun, n);
        return r < 0 ? r : wait_all(connections, n, timeout_ms, fds, ret_ready);
}
