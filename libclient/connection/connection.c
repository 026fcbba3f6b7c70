/* The life of connections.
 *
 * Any thread may use a connection, and close it while others are within a call. So a close only marks it (is_closed), new
 * calls fail with -EBADF, and the last call that ends closes the descriptor (finish_closing()): a descriptor that was closed
 * under a call could be another file by the time the call uses it.
 *
 * Reading and writing are two directions, each with one caller at a time (direction.c), so a thread that reads never waits
 * for one that writes.
 *
 * A fork may happen while other threads are within calls. The child has no such threads: connection_fork() sets their counts
 * to 0, and leaves the memory of a direction alone that one of them may have been changing. */
#include <errno.h>
#include <stdlib.h>

#include "connection/connection.h"
#include "connection/system.h"

enum {
        DIRECTIONS = SHMGR_CONNECTION_READABLE | SHMGR_CONNECTION_WRITABLE,
        KNOWN_FLAGS = DIRECTIONS | SHMGR_CONNECTION_NONBLOCKING
};

/* All connections, for forks. During a fork no connection is made or freed. */
static pthread_mutex_t all_mutex = PTHREAD_MUTEX_INITIALIZER;
static List all = {&all, &all};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int prepare_error;

static void lock_all(void) {
        pthread_mutex_lock(&all_mutex);
}

static void unlock_all(void) {
        pthread_mutex_unlock(&all_mutex);
}

/* Runs in the child: the calls of other threads do not exist there, and never end. Data that such a thread was changing
 * may be inconsistent, so its memory is not touched. */
static void connection_fork(shmgr_connection *connection) {
        pthread_mutex_init(&connection->mutex, NULL);
        connection->n_calls = 0;
        if (!direction_fork(&connection->in_direction))
                connection->in = (Incoming){0};
        if (!direction_fork(&connection->out_direction))
                connection->out = (Outgoing){0};
        if (connection->is_closed)
                stream_close(&connection->stream);
}

static void fork_all(void) {
        LIST_FOREACH (node, &all)
                connection_fork(LIST_ENTRY(node, shmgr_connection, in_all));
        unlock_all();
}

static void watch_forks(void) {
        prepare_error = -pthread_atfork(lock_all, unlock_all, fork_all);
}

static int init(shmgr_connection *connection, int fd, int flags) {
        int directions;
        int r = stream_init(&connection->stream, fd, &directions);

        if (r < 0)
                return r;
        if (flags & DIRECTIONS & ~directions)
                return -EINVAL;
        connection->directions = flags & DIRECTIONS ? flags & DIRECTIONS : directions;
        connection->is_nonblocking = flags & SHMGR_CONNECTION_NONBLOCKING;
        connection->maxlength = SHMGR_CONNECTION_MAXLENGTH;
        connection->n_refs = 1;
        return 0;
}

int connection_new(int fd, int flags, void (*on_close)(void *userdata), void *userdata,
                   shmgr_connection **ret) {
        if (flags & ~KNOWN_FLAGS)
                return -EINVAL;
        pthread_once(&once, watch_forks);
        if (prepare_error < 0)
                return prepare_error;
        shmgr_connection *connection = calloc(1, sizeof(*connection));
        if (!connection)
                return -ENOMEM;
        int r = init(connection, fd, flags);
        if (r < 0) {
                free(connection);
                return r;
        }
        direction_init(&connection->in_direction);
        direction_init(&connection->out_direction);
        pthread_mutex_init(&connection->mutex, NULL);
        connection->on_close = on_close;
        connection->userdata = userdata;
        lock_all();
        list_append(&all, &connection->in_all);
        unlock_all();
        *ret = connection;
        return 0;
}

int shmgr_connection_from_fd(int fd, int flags, shmgr_connection **ret_connection) {
        return connection_new(fd, flags, NULL, NULL, ret_connection);
}

/* Closes the descriptor if the connection is closed and no call is in progress. */
static void finish_closing(shmgr_connection *connection) {
        int before = system_disable_cancellation();

        direction_unlock(&connection->in_direction);
        direction_unlock(&connection->out_direction);
        incoming_deinit(&connection->in);
        outgoing_deinit(&connection->out);
        stream_close(&connection->stream);
        if (connection->on_close)
                connection->on_close(connection->userdata);
        system_restore_cancellation(before);
}

int connection_begin(shmgr_connection *connection, int directions) {
        int r = 0;

        pthread_mutex_lock(&connection->mutex);
        if (connection->is_closed)
                r = -EBADF;
        else if (directions & ~connection->directions)
                r = -EPERM;
        else
                connection->n_calls++;
        pthread_mutex_unlock(&connection->mutex);
        return r;
}

void connection_end(shmgr_connection *connection) {
        pthread_mutex_lock(&connection->mutex);
        bool is_last = --connection->n_calls == 0 && connection->is_closed;
        pthread_mutex_unlock(&connection->mutex);
        if (is_last)
                finish_closing(connection);
}

void connection_endp(shmgr_connection **connection) {
        if (*connection)
                connection_end(*connection);
}

int shmgr_connection_close(shmgr_connection *connection) {
        pthread_mutex_lock(&connection->mutex);
        bool is_last = !connection->is_closed && connection->n_calls == 0;
        connection->is_closed = true;
        pthread_mutex_unlock(&connection->mutex);
        if (is_last)
                finish_closing(connection);
        return 0;
}

shmgr_connection *shmgr_connection_ref(shmgr_connection *connection) {
        atomic_fetch_add(&connection->n_refs, 1);
        return connection;
}

shmgr_connection *shmgr_connection_unref(shmgr_connection *connection) {
        if (!connection || atomic_fetch_sub(&connection->n_refs, 1) > 1)
                return NULL;
        shmgr_connection_close(connection);
        lock_all();
        list_unlink(&connection->in_all);
        unlock_all();
        direction_deinit(&connection->in_direction);
        direction_deinit(&connection->out_direction);
        pthread_mutex_destroy(&connection->mutex);
        free(connection);
        return NULL;
}

void shmgr_connection_unrefp(shmgr_connection **connection) {
        shmgr_connection_unref(*connection);
}

int shmgr_connection_closed(shmgr_connection *connection) {
        pthread_mutex_lock(&connection->mutex);
        bool is_closed = connection->is_closed;
        pthread_mutex_unlock(&connection->mutex);
        return is_closed;
}

int shmgr_connection_readable(shmgr_connection *connection) {
        return (connection->directions & SHMGR_CONNECTION_READABLE) != 0;
}

int shmgr_connection_writable(shmgr_connection *connection) {
        return (connection->directions & SHMGR_CONNECTION_WRITABLE) != 0;
}

int shmgr_connection_fileno(shmgr_connection *connection) {
        int r = connection_begin(connection, 0);

        if (r < 0)
                return r;
        int fd = connection->stream.fd;
        connection_end(connection);
        return fd;
}

int shmgr_connection_set_nonblocking(shmgr_connection *connection, int nonblocking) {
        if (shmgr_connection_closed(connection))
                return -EBADF;
        atomic_store_explicit(&connection->is_nonblocking, nonblocking != 0, memory_order_relaxed);
        return 0;
}

int shmgr_connection_set_maxlength(shmgr_connection *connection, int64_t maxlength) {
        if (maxlength < 0)
                return -EINVAL;
        if (shmgr_connection_closed(connection))
                return -EBADF;
        atomic_store_explicit(&connection->maxlength, maxlength, memory_order_relaxed);
        return 0;
}
