/* Sending and receiving on connections.
 *
 * Each call takes four steps, and leaves them in the opposite order, also when its thread is cancelled: it counts as a call of the
 * connection (a close waits for it), has the turn among the threads, has the lock among the processes if one is set, and moves
 * bytes. The lock is kept over calls while a message is begun and not finished: another process must not write or read between
 * its parts.
 *
 * A child after a fork begins with no message: what its parent had begun stays the parent's (is_inherited). */
#include <errno.h>
#include <stdlib.h>

#include "base/macros.h"
#include "connection/connection.h"
#include "json/json-text.h"

/* The text of a value comes from another process; maxlength bounds it. */
static const JsonLimits limits = {.max_depth = 1000, .max_members = (size_t)1 << 25};

/* Finds the part of a buffer that a call sends or fills. Returns 0 or -EINVAL. */
static int check_part(size_t length, int64_t offset, int64_t size, size_t *ret_size) {
        if (offset < 0 || (uint64_t)offset > length || size < -1)
                return -EINVAL;
        size_t most = length - (size_t)offset;
        if (size > 0 && (uint64_t)size > most)
                return -EINVAL;
        *ret_size = size < 0 ? most : (size_t)size;
        return 0;
}

/* Returns 0 when the call counts and this thread has the turn. After a failure neither is so. */
static int take_turn(shmgr_connection *connection, int direction, Direction *d, bool wait) {
        CLEANUP(connection_endp) shmgr_connection *begun = NULL;
        int r = connection_begin(connection, direction);

        if (r < 0)
                return r;
        begun = connection;
        r = direction_enter(d, wait);
        if (r == 0)
                (void)TAKE_PTR(begun);
        return r;
}

/* ---- Sending */

/* Does nothing if *sending is NULL: the sending did not begin. */
static void end_sending(shmgr_connection **sending) {
        shmgr_connection *connection = *sending;

        if (!connection)
                return;
        if (!outgoing_is_begun(&connection->out))
                direction_unlock(&connection->out_direction);
        direction_leave(&connection->out_direction);
        connection_end(connection);
}

/* Returns 0 when this thread has the turn, which it keeps until end_sending(ret). */
static int begin_sending(shmgr_connection *connection, bool wait, shmgr_connection **ret) {
        Direction *d = &connection->out_direction;
        int r = take_turn(connection, SHMGR_CONNECTION_WRITABLE, d, wait);

        if (r < 0)
                return r;
        if (d->is_inherited)
                outgoing_deinit(&connection->out);
        d->is_inherited = false;
        *ret = connection;
        return 0;
}

int shmgr_connection_send_bytes(shmgr_connection *connection, const void *buffer, size_t length,
                                int64_t offset, int64_t size) {
        CLEANUP(end_sending) shmgr_connection *sending = NULL;
        bool wait = connection_waits(connection);
        size_t n;
        int r = check_part(length, offset, size, &n);

        if (r == 0)
                r = begin_sending(connection, wait, &sending);
        if (r == 0)
                r = direction_lock(&connection->out_direction, wait);
        return r < 0 ? r
                     : outgoing_send(&connection->out, &connection->stream, wait,
                                     n ? (const char *)buffer + offset : "", n);
}

int shmgr_connection_flush(shmgr_connection *connection) {
        CLEANUP(end_sending) shmgr_connection *sending = NULL;
        bool wait = connection_waits(connection);
        int r = begin_sending(connection, wait, &sending);

        return r < 0 ? r : outgoing_flush(&connection->out, &connection->stream, wait);
}

int shmgr_connection_send(shmgr_connection *connection, struct json_object *value) {
        CLEANUP(buffer_deinit) Buffer text = {0};
        int r = json_write(&text, value);

        return r < 0 ? r
                     : shmgr_connection_send_bytes(connection, buffer_bytes(&text),
                                                   buffer_size(&text), 0, -1);
}

/* ---- Receiving */

/* Does nothing if *receiving is NULL: the receiving did not begin. */
static void end_receiving(shmgr_connection **receiving) {
        shmgr_connection *connection = *receiving;

        if (!connection)
                return;
        if (!incoming_is_begun(&connection->in))
                direction_unlock(&connection->in_direction);
        direction_leave(&connection->in_direction);
        connection_end(connection);
}

/* Acquires the lock only when a byte can be read, so an idle reader does not keep others out. While this thread waited for the
 * lock another process may have read that byte: then the lock is released, and the wait begins again. */
static int lock_when_ready(shmgr_connection *connection, bool wait) {
        Direction *d = &connection->in_direction;
        int r = 0;

        while (d->lock && !d->has_lock) {
                r = stream_poll(&connection->stream, wait ? -1 : 0);
                if (r == 0)
                        return -EAGAIN;
                r = r < 0 ? r : direction_lock(d, wait);
                if (r < 0)
                        return r;
                r = stream_poll(&connection->stream, 0);
                if (r <= 0)
                        direction_unlock(d);
        }
        return r < 0 ? r : 0;
}

/* Once *ret is set, this thread has the turn, until end_receiving(ret). */
static int begin_receiving(shmgr_connection *connection, bool wait, shmgr_connection **ret) {
        Direction *d = &connection->in_direction;
        int r = take_turn(connection, SHMGR_CONNECTION_READABLE, d, wait);

        if (r < 0)
                return r;
        *ret = connection;
        if (d->is_inherited)
                incoming_deinit(&connection->in);
        d->is_inherited = false;
        return lock_when_ready(connection, wait);
}

/* Begins like begin_receiving(), and receives the length of the next message. Returns too_long if the length exceeds `most`. */
static int begin_message(shmgr_connection *connection, bool wait, uint64_t most, int too_long,
                         size_t *ret_n, shmgr_connection **ret) {
        Incoming *in = &connection->in;
        int r = begin_receiving(connection, wait, ret);

        if (r < 0)
                return r;
        r = incoming_begin(in, &connection->stream, wait);
        if (r == 0 && ret_n)
                *ret_n = in->length < SIZE_MAX ? (size_t)in->length : SIZE_MAX;
        return r == 0 && in->length > most ? too_long : r;
}

int shmgr_connection_recv_bytes(shmgr_connection *connection, int64_t maxlength, void **ret_buffer,
                                size_t *ret_n) {
        CLEANUP(end_receiving) shmgr_connection *receiving = NULL;
        bool wait = connection_waits(connection);
        size_t n;
        char *data;

        if (maxlength < -1)
                return -EINVAL;
        if (maxlength == -1)
                maxlength = atomic_load_explicit(&connection->maxlength, memory_order_relaxed);
        int r = begin_message(connection, wait, (uint64_t)maxlength, -EMSGSIZE, ret_n ? ret_n : &n,
                              &receiving);
        if (r == 0)
                r = incoming_take(&connection->in, &connection->stream, wait, &data);
        if (r == 0)
                *ret_buffer = data;
        return r;
}

int shmgr_connection_recv_bytes_into(shmgr_connection *connection, void *buffer, size_t length,
                                     int64_t offset, size_t *ret_n) {
        CLEANUP(end_receiving) shmgr_connection *receiving = NULL;
        bool wait = connection_waits(connection);
        size_t room;
        int r = check_part(length, offset, -1, &room);

        if (r == 0)
                r = begin_message(connection, wait, room, -ENOBUFS, ret_n, &receiving);
        return r < 0 ? r
                     : incoming_copy(&connection->in, &connection->stream, wait,
                                     room ? (char *)buffer + offset : NULL);
}

int shmgr_connection_skip(shmgr_connection *connection) {
        CLEANUP(end_receiving) shmgr_connection *receiving = NULL;
        bool wait = connection_waits(connection);
        int r = begin_receiving(connection, wait, &receiving);

        return r < 0 ? r : incoming_skip(&connection->in, &connection->stream, wait);
}

int shmgr_connection_recv(shmgr_connection *connection, struct json_object **ret_value) {
        CLEANUP(freep) void *text = NULL;
        size_t n;
        int r = shmgr_connection_recv_bytes(connection, -1, &text, &n);

        if (r < 0)
                return r;
        r = json_parse(text, n, &limits, ret_value, NULL);
        return r == -EMSGSIZE ? -EBADMSG : r;
}

/* ---- Locks among processes */

static int set_lock(shmgr_connection *connection, int direction, Direction *d, shmgr_lock *lock) {
        int r = connection_begin(connection, direction);

        if (r < 0)
                return r;
        r = direction_set(d, lock);
        connection_end(connection);
        return r;
}

int shmgr_connection_set_read_lock(shmgr_connection *connection, shmgr_lock *lock) {
        return set_lock(connection, SHMGR_CONNECTION_READABLE, &connection->in_direction, lock);
}

int shmgr_connection_set_write_lock(shmgr_connection *connection, shmgr_lock *lock) {
        return set_lock(connection, SHMGR_CONNECTION_WRITABLE, &connection->out_direction, lock);
}
