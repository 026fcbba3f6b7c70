/* Connections: whole messages over a pipe, a socket pair or a stream socket. Part of <shmgr/shmgr.h>.
 *
 * A connection splits the bytes of a descriptor into messages. The kernel carries the data from process to process;
 * the daemon takes part only if a lock is set.
 *
 * FORMAT. A message is its length and then its bytes. The length is 4 bytes, signed, most significant first. A length
 * over 0x7fffffff is written as ff ff ff ff and then 8 bytes. Python's multiprocessing.connection.Connection has the
 * same format, so one side may be a Python program.
 *
 * ERRORS are those listed with each function, and -EBADF if the connection is closed. They have no text, except those
 * of a lock: shmgr_manager_error() returns it for the lock's manager.
 *
 *     -ENODATA     receiving: end of file between two messages. Every process has closed the other end.
 *     -EPROTO      receiving: end of file within a message, or bytes that begin no message. A sender died within a
 *                  message, or does not use this format. All further calls that receive fail.
 *     -EMSGSIZE    receiving: the message is longer than maxlength
 *     -ENOBUFS     receiving: the message is longer than the buffer
 *     -EBADMSG     receiving a value: the message is not JSON. It is consumed; the next call receives the next one.
 *     -EPIPE       sending: every process has closed the other end. No SIGPIPE is raised.
 *     -EPERM       the connection does not have this direction
 *     -EAGAIN      non-blocking: the call would block
 *     -EOWNERDEAD  with a lock: its previous owner died; see shmgr_connection_set_read_lock()
 *
 * A MESSAGE THAT DOES NOT FIT (-EMSGSIZE, -ENOBUFS) stays the next message. The call fails, and stores the length of
 * the message in ret_n nevertheless. The caller receives the message with more room, or drops it with
 * shmgr_connection_skip().
 *
 * A call continues after a signal, with and without SA_RESTART. A non-blocking connection (see
 * shmgr_connection_set_nonblocking()) keeps the received part of a message for the next call. The next call that
 * sends begins with the unsent part of a message. The library neither changes nor relies on the flags of the
 * descriptor, which other processes may share. Sending a message of 32 KiB or more enlarges the kernel's buffer of a
 * pipe, up to 1 MiB (fcntl(2), F_SETPIPE_SZ), or of a Unix domain socket (socket(7), SO_SNDBUF), if the kernel
 * permits it and the buffer still has its default size.
 *
 * THREADS may share a connection: each direction serves one message at a time. shmgr_connection_close() rejects new
 * calls at once. It does not wake calls of other threads that are under way. The descriptor is closed when the last
 * of those calls has returned.
 *
 * PROCESSES that share an end, by fork(2) or by opening it by name, must not mix their messages:
 *
 *   - A message of at most SHMGR_CONNECTION_ATOMIC bytes is one write, which a pipe does not mix with other writes.
 *     If no message is longer, senders on a pipe (pipe(2) or the daemon's simplex pipe) need no lock. A socket makes
 *     no such promise.
 *   - Senders of longer messages, and several senders on a socket, need a lock that all of them use:
 *     shmgr_connection_set_write_lock().
 *   - A message takes two reads, so several receivers of an end need a lock: shmgr_connection_set_read_lock(). A
 *     receiver reads nothing beyond the message that it returns, so receivers may alternate.
 *
 * A child after fork(2) has the descriptor, too. If a message was received or sent in part, the parent continues it,
 * and the child begins with the next one. The other side sees end of file only after the child has closed the
 * connection, too. */
#ifndef SHMGR_CONNECTION_H
#define SHMGR_CONNECTION_H

typedef struct shmgr_connection shmgr_connection; /* declared first: <shmgr/pipe.h> uses it */

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

/* The length, in bytes, of the longest message that is one atomic write on a pipe. */
#define SHMGR_CONNECTION_ATOMIC 4092
/* The default of maxlength, in bytes: 256 MiB. The peer may announce any length; the library allocates memory as
 * bytes arrive. */
#define SHMGR_CONNECTION_MAXLENGTH ((int64_t)268435456)

/* Makes a connection from a descriptor: an end of a pipe, a stream socket, or a file. On success the descriptor
 * belongs to the connection, which closes it. flags select the directions; 0 selects those that the descriptor has.
 * -EINVAL: unknown flags, or a direction that the descriptor does not have; -EPROTOTYPE: a datagram socket; -EBADF;
 * -ENOMEM. */
int shmgr_connection_from_fd(int fd, int flags, shmgr_connection **ret_connection);
shmgr_connection *shmgr_connection_ref(shmgr_connection *connection);
/* Releasing the last reference closes the connection. */
shmgr_connection *shmgr_connection_unref(shmgr_connection *connection);
void shmgr_connection_unrefp(shmgr_connection **connection);

/* Closes the connection for this process. A second close does nothing. The unsent bytes of non-blocking sends are
 * dropped, which breaks the stream: call shmgr_connection_flush() first. Returns 0. */
int shmgr_connection_close(shmgr_connection *connection);
/* Return whether the connection is closed, can receive, can send: 0 or 1, also after it was closed. */
int shmgr_connection_closed(shmgr_connection *connection);
int shmgr_connection_readable(shmgr_connection *connection);
int shmgr_connection_writable(shmgr_connection *connection);
/* Returns the descriptor, which still belongs to the connection. A program may wait for it in an event loop, or pass
 * it to another process. Errors: -EBADF. */
int shmgr_connection_fileno(shmgr_connection *connection);

/* Sets non-blocking mode: if nonblocking is non-zero, a call that would block fails with -EAGAIN. The mode belongs to
 * the connection, not to the descriptor. A call may block nevertheless: on a pipe before Linux 6.5, if another
 * process reads from this end without a lock; and for the rest of a message, if no memory is left to keep the part
 * that was received or is unsent. Also -EBADF. */
int shmgr_connection_set_nonblocking(shmgr_connection *connection, int nonblocking);
/* Sets the default of maxlength, in bytes, which is SHMGR_CONNECTION_MAXLENGTH at first. -EINVAL: maxlength is
 * negative. Also -EBADF. */
int shmgr_connection_set_maxlength(shmgr_connection *connection, int64_t maxlength);

/* Sends a value (NULL is JSON null) as its JSON text. -EINVAL: JSON cannot represent the value (NaN, an infinity,
 * invalid UTF-8); nothing is sent. Other errors are those of shmgr_connection_send_bytes(): -EBADF, -EPERM, -EAGAIN,
 * -EPIPE, -EOWNERDEAD, -ENOMEM. */
int shmgr_connection_send(shmgr_connection *connection, struct json_object *value);
/* Receives a value, a new reference. The bound is the default of maxlength. -EBADMSG: the message is not JSON.
 * -ENOMEM: the message may be lost, if memory ran out while its text was parsed. Other errors are those of
 * shmgr_connection_recv_bytes(): -EBADF, -EPERM, -EAGAIN, -ENODATA, -EPROTO, -EMSGSIZE, -EOWNERDEAD. */
int shmgr_connection_recv(shmgr_connection *connection, struct json_object **ret_value);

/* Sends size bytes from offset on, of a buffer of length bytes, as one message, which may be empty. Size -1 stands
 * for all bytes from offset to the end. -EINVAL: an offset or a size outside of the buffer; -EPIPE; -EPERM;
 * -EOWNERDEAD. Also -EBADF, -ENOMEM.
 *
 * A non-blocking send also returns 0 if it sent only a part; the next call sends the rest first. -EAGAIN: nothing was
 * sent, and the connection keeps no part of the message. */
int shmgr_connection_send_bytes(shmgr_connection *connection, const void *buffer, size_t length,
                                int64_t offset, int64_t size);
/* Sends the rest of a message that a non-blocking send has sent in part. Returns 0 when no part is left. -EAGAIN;
 * -EPIPE; -EPERM. Also -EBADF, -EOWNERDEAD. */
int shmgr_connection_flush(shmgr_connection *connection);

/* Receives a message into new memory, which the caller frees with free(3). The library appends a NUL, which ret_n
 * does not count. ret_n, a number of bytes, may be NULL. maxlength is in bytes; -1 stands for the default. -ENODATA;
 * -EPROTO; -EMSGSIZE: ret_n receives the length; -EINVAL: another negative maxlength; -EPERM; -EAGAIN; -EOWNERDEAD;
 * -ENOMEM: the message stays the next one. Also -EBADF. */
int shmgr_connection_recv_bytes(shmgr_connection *connection, int64_t maxlength, void **ret_buffer,
                                size_t *ret_n);
/* Receives a message into a buffer of length bytes, from offset on. ret_n (may be NULL) receives the length of the
 * message, in bytes. -ENOBUFS: ret_n receives the length; -EINVAL: the offset is outside of the buffer; -ENODATA;
 * -EPROTO; -EPERM; -EAGAIN: the contents of the buffer are undefined; -EOWNERDEAD. Also -EBADF, -ENOMEM. */
int shmgr_connection_recv_bytes_into(shmgr_connection *connection, void *buffer, size_t length,
                                     int64_t offset, size_t *ret_n);
/* Drops the next message. A long message takes no more memory than a short one. -ENODATA; -EPROTO; -EPERM; -EAGAIN;
 * -EOWNERDEAD. Also -EBADF. */
int shmgr_connection_skip(shmgr_connection *connection);

/* Waits until bytes or end of file can be received. Returns 1, or 0 if the timeout expired. The bytes may be less
 * than a whole message. timeout_ms 0 does not block; SHMGR_FOREVER blocks without a bound. -EINVAL: another negative
 * timeout_ms; -EPERM. Also -EBADF. */
int shmgr_connection_poll(shmgr_connection *connection, int64_t timeout_ms);
/* Waits until at least one of n connections has bytes or end of file to receive. Returns the number of ready
 * connections: ret_ready[i] is 1 for those, and 0 for the others. Returns 0 at once if n is 0. -EBADF, -EPERM: a
 * connection is closed, or cannot receive; -EINVAL; -ENOMEM. */
int shmgr_connection_wait(shmgr_connection *const connections[], size_t n, int64_t timeout_ms,
                          int ret_ready[]);

/* Set a lock that is held while a message is received, or sent, so that several processes may use one end. All of
 * them must set it. Each message costs two calls to the daemon. The thread that receives or sends owns the lock
 * meanwhile. The connection takes a reference to the lock. NULL removes the lock. -EBUSY: a message is being received
 * or sent, or was received or sent in part; -EPERM.
 *
 * A receiver first waits for bytes, and then for the lock. So a receiver that dies while it waits for bytes does not
 * hold the lock. If a message stays the next one (it did not fit, or is not complete), the thread that received it
 * keeps the lock.
 *
 * -EOWNERDEAD: the previous owner of the lock has died. If it died within a message, the next received bytes may be
 * the middle of a message, and the receiver may take the next sent bytes for the rest of one. A caller that knows
 * that the stream is intact calls again. Only the next owner gets this error. With a lock that was opened with
 * "on_owner_death": "poison", all callers get -ENOTRECOVERABLE. Other errors are those of shmgr_lock_acquire(). Also
 * -EBADF. */
int shmgr_connection_set_read_lock(shmgr_connection *connection, shmgr_lock *lock);
int shmgr_connection_set_write_lock(shmgr_connection *connection, shmgr_lock *lock);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
