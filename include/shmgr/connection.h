/* Connections: whole messages over a pipe, a socket pair or a stream socket. Part of <shmgr/shmgr.h>.
 *
 * A connection turns a descriptor's bytes into messages. The data goes from process to process through the
 * kernel; the daemon takes part only if a lock is set. On the descriptor a
 * message is its length, as 4 bytes, signed, most significant first, and then its bytes; a length over
 * 0x7fffffff is written as ff ff ff ff and then 8 bytes. This is the format of Python's
 * multiprocessing.connection.Connection, so one side may be a Python program.
 *
 * ERRORS are those of the functions and, for all of them, -EBADF: the connection is closed. They have no
 * text, except those of a lock: shmgr_manager_error() returns it for the lock's manager.
 *
 *     -ENODATA     receiving: end of file between two messages. Every process has closed the other end.
 *     -EPROTO      receiving: end of file within a message, or bytes that begin no message. A sender died within a
 *                  message, or does not send messages. All further calls that receive fail.
 *     -EMSGSIZE    receiving: the message is longer than maxlength
 *     -ENOBUFS     receiving: the message is longer than the buffer
 *     -EBADMSG     receiving a value: the message is not JSON. It is consumed; the next call receives the next one.
 *     -EPIPE       sending: every process has closed the other end. No SIGPIPE is raised.
 *     -EPERM       the connection does not go in this direction
 *     -EAGAIN      non-blocking: it would have to wait
 *     -EOWNERDEAD  with a lock: see there
 *
 * A MESSAGE THAT DOES NOT FIT (-EMSGSIZE, -ENOBUFS) stays the next one, and ret_n gets its length, though the
 * call failed: receive it with more room, or drop it with shmgr_connection_skip().
 *
 * A call continues after a signal, with and without SA_RESTART. A non-blocking connection (see
 * shmgr_connection_set_nonblocking()) keeps the received part of a message for the next call, and the next call
 * sends the unsent part of a message first. The flags of the descriptor,
 * which other processes may share, are neither changed nor relied on. A message of 32 KiB or more enlarges the kernel's
 * buffer of a pipe (up to 1 MiB), if that is allowed and the buffer still has its default size: see fcntl(2),
 * F_SETPIPE_SZ.
 *
 * THREADS may share a connection: each direction serves one message at a time. If a thread closes a connection while
 * other threads have calls under way, new calls are refused at once. The descriptor is closed when the last of those
 * calls has returned; they are not woken.
 *
 * PROCESSES that have the same end, by fork(2) or by opening it by name, must not mix their messages:
 *
 *   - Sending, a message of at most SHMGR_CONNECTION_ATOMIC bytes is one write, which the kernel of a pipe does
 *     not mix with others. If no message is longer, no lock is needed on a pipe (pipe(2) or the daemon's simplex
 *     pipe; a socket makes no such promise).
 *   - Longer messages, and any from several processes on a socket, need a lock that all senders use:
 *     shmgr_connection_set_write_lock().
 *   - Receiving takes two reads, so several receivers of an end need a lock: shmgr_connection_set_read_lock().
 *     No receiver reads beyond the message that it returns, so they may take turns.
 *
 * A child after fork(2) has the descriptor, too. The parent continues a message that was received or sent in part; the
 * child begins with the next one. The other side sees no end of file before the child has closed the connection, too. */
#ifndef SHMGR_CONNECTION_H
#define SHMGR_CONNECTION_H

typedef struct shmgr_connection shmgr_connection; /* which <shmgr/pipe.h> knows, too */

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* Flags of a connection. */
enum {
        SHMGR_CONNECTION_READABLE = 1,
        SHMGR_CONNECTION_WRITABLE = 2,
        SHMGR_CONNECTION_NONBLOCKING = 4 /* see shmgr_connection_set_nonblocking() */
};

/* Bytes of the longest message that is one atomic write on a pipe. */
#define SHMGR_CONNECTION_ATOMIC 4092
/* The default of maxlength, in bytes: 256 MiB. The other side may announce any length; memory is allocated as bytes
 * arrive. */
#define SHMGR_CONNECTION_MAXLENGTH ((int64_t)268435456)

/* Makes a connection of a descriptor: an end of a pipe, a stream socket, or a file. On success the descriptor belongs to
 * the connection, and is closed with it. flags select the directions; 0 selects those
 * that the descriptor has. -EINVAL: unknown flags, or a direction that the descriptor does not have;
 * -EPROTOTYPE: a socket of datagrams; -EBADF; -ENOMEM. */
int shmgr_connection_from_fd(int fd, int flags, shmgr_connection **ret_connection);
shmgr_connection *shmgr_connection_ref(shmgr_connection *connection);
/* The last one closes it. */
shmgr_connection *shmgr_connection_unref(shmgr_connection *connection);
void shmgr_connection_unrefp(shmgr_connection **connection);

/* Closes the connection for this process; a second close does nothing. Bytes of non-blocking sends that were not yet
 * sent are dropped, which breaks the stream: see shmgr_connection_flush(). Returns 0. */
int shmgr_connection_close(shmgr_connection *connection);
/* 0 or 1, also after the connection was closed. */
int shmgr_connection_closed(shmgr_connection *connection);
int shmgr_connection_readable(shmgr_connection *connection);
int shmgr_connection_writable(shmgr_connection *connection);
/* The descriptor, which still belongs to the connection. A program may wait for it in an event loop, or pass it to
 * another process. Errors: -EBADF. */
int shmgr_connection_fileno(shmgr_connection *connection);

/* Sets whether a call that would have to wait fails with -EAGAIN. This is a setting of the connection, not of the
 * descriptor. A call may wait all the same: on a pipe before Linux 6.5, if another process takes the bytes of the same
 * end without a lock; and for the rest of a message if memory to keep its received part runs out. Also -EBADF. */
int shmgr_connection_set_nonblocking(shmgr_connection *connection, int nonblocking);
/* Sets the default of maxlength, in bytes, instead of SHMGR_CONNECTION_MAXLENGTH. -EINVAL: maxlength is negative. Also
 * -EBADF. */
int shmgr_connection_set_maxlength(shmgr_connection *connection, int64_t maxlength);

/* Sends a value (NULL is JSON null) as its JSON text. -EINVAL: JSON has no such value (NaN, an infinity, broken
 * UTF-8); nothing is sent. And as shmgr_connection_send_bytes(). Also -EBADF, -EPERM, -EAGAIN, -EPIPE, -EOWNERDEAD,
 * -ENOMEM. */
int shmgr_connection_send(shmgr_connection *connection, struct json_object *value);
/* Receives a value: a new reference. -EBADMSG, and as shmgr_connection_recv_bytes() (maxlength -1); but with -ENOMEM the
 * message may be lost, if memory ran out while its text was parsed. Also -EBADF, -EPERM, -EAGAIN,
 * -ENODATA, -EPROTO, -EMSGSIZE, -EOWNERDEAD. */
int shmgr_connection_recv(shmgr_connection *connection, struct json_object **ret_value);

/* Sends size bytes from offset on, of a buffer of length bytes, as one message, which may be empty; size -1 stands for
 * all bytes from offset to the end. -EINVAL: an offset or a size outside of the buffer; -EPIPE; -EPERM; -EOWNERDEAD.
 *
 * Non-blocking: returns 0 also if only a part was sent; the next call sends the rest first. -EAGAIN:
 * no part was sent, and the connection keeps no part. Also -EBADF, -ENOMEM. */
int shmgr_connection_send_bytes(shmgr_connection *connection, const void *buffer, size_t length,
                                int64_t offset, int64_t size);
/* Sends the rest of a message that a non-blocking send has sent in part: 0 when all is sent. -EAGAIN; -EPIPE; -EPERM. Also
 * -EBADF, -EOWNERDEAD. */
int shmgr_connection_flush(shmgr_connection *connection);

/* Receives a message into new memory, which the caller frees with free(3); a NUL follows it, which ret_n does not
 * count. ret_n may be NULL. maxlength is in bytes; -1 stands for the default. -ENODATA; -EPROTO; -EMSGSIZE (the length
 * is in ret_n); -EINVAL: another negative maxlength; -EPERM; -EAGAIN; -EOWNERDEAD; -ENOMEM (the message stays the next
 * one). Also -EBADF. */
int shmgr_connection_recv_bytes(shmgr_connection *connection, int64_t maxlength, void **ret_buffer,
                                size_t *ret_n);
/* Receives a message into a buffer of length bytes, from offset on. ret_n (may be NULL) gets the length of the message.
 * -ENOBUFS (the length is in ret_n); -EINVAL: the offset is outside of the buffer; -ENODATA; -EPROTO; -EPERM; -EAGAIN
 * (the buffer is undefined then); -EOWNERDEAD. Also -EBADF, -ENOMEM. */
int shmgr_connection_recv_bytes_into(shmgr_connection *connection, void *buffer, size_t length,
                                     int64_t offset, size_t *ret_n);
/* Drops the next message, however long it is, in little memory. -ENODATA; -EPROTO; -EPERM; -EAGAIN; -EOWNERDEAD. Also
 * -EBADF. */
int shmgr_connection_skip(shmgr_connection *connection);

/* Waits until bytes or end of file can be received: returns 1, or 0 if the timeout expired. The bytes may be less than a
 * whole message. timeout_ms: 0 does not wait, SHMGR_FOREVER. -EINVAL: another negative one; -EPERM. Also -EBADF. */
int shmgr_connection_poll(shmgr_connection *connection, int64_t timeout_ms);
/* The same for n connections at once: returns the number of ready ones; ret_ready[i] is 1 for those, else 0. Returns 0 at
 * once if n is 0. -EBADF, -EPERM: one of them is closed, or cannot receive; -EINVAL; -ENOMEM. */
int shmgr_connection_wait(shmgr_connection *const connections[], size_t n, int64_t timeout_ms,
                          int ret_ready[]);

/* Set a lock that is held while a message is received, or sent, so that several processes may use one end. All of
 * them must set it. It costs two calls of the daemon for a message. The thread that makes the call holds it; the
 * connection takes a reference of it. NULL removes it. -EBUSY: a message is being received, or sent, or was in part;
 * -EPERM.
 *
 * Receivers first wait for bytes, and then for the lock, so a receiver that dies while it waits for bytes does not hold
 * the lock. If a message stays (it did not fit, or is not complete), the thread that received it keeps the lock.
 *
 * -EOWNERDEAD: the previous owner of the lock has died. If it died within a message, the next received bytes may be
 * the middle of one, and the receiver may take the next sent bytes for its rest. A caller that knows that the stream is
 * whole calls again. (Only the next owner gets this error; with a lock that was opened with "on_owner_death": "poison",
 * all callers get -ENOTRECOVERABLE.) Errors of shmgr_lock_acquire(). Also -EBADF. */
int shmgr_connection_set_read_lock(shmgr_connection *connection, shmgr_lock *lock);
int shmgr_connection_set_write_lock(shmgr_connection *connection, shmgr_lock *lock);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
