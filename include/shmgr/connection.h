/* Connections: whole messages over a pipe, a socket pair or a stream socket. Part of <shmgr/shmgr.h>.
 *
 * A connection turns a descriptor's bytes into messages. The data goes from process to process through the
 * kernel; the daemon has no part in it (only a lock, where one is set, is the daemon's). On the descriptor a
 * message is its length, as 4 bytes, signed, most significant first, and then its bytes; a length over
 * 0x7fffffff is written as ff ff ff ff and then 8 bytes. This is how Python's
 * multiprocessing.connection.Connection does it, so one side may be a Python program.
 *
 * ERRORS are those of the functions and, for all of them, -EBADF: the connection is closed. They have no
 * text, except those of a lock: shmgr_manager_error() returns it for the lock's manager.
 *
 *     -ENODATA     receiving: the end of file, between two messages. All who had the other end have closed it.
 *     -EPROTO      receiving: the end of file, or bytes that begin no message, within the stream: somebody died
 *                  while he sent, or writes what is no message. Nothing more is received, ever.
 *     -EMSGSIZE    receiving: the message is longer than maxlength
 *     -ENOBUFS     receiving: the message is longer than the buffer
 *     -EBADMSG     receiving a value: the message is no JSON. It is consumed; the next may be received.
 *     -EPIPE       sending: nobody has the other end any more. There never is a SIGPIPE.
 *     -EPERM       the connection does not go in this direction
 *     -EAGAIN      non-blocking: it would have to wait
 *     -EOWNERDEAD  with a lock: see there
 *
 * A MESSAGE THAT DOES NOT FIT (-EMSGSIZE, -ENOBUFS) stays the next one, and ret_n gets its length, though the
 * call failed: receive it with more room, or drop it with shmgr_connection_skip().
 *
 * A call goes on after a signal, with and without SA_RESTART. A non-blocking connection (see
 * shmgr_connection_set_nonblocking()) never gives up in the middle of a message: what was received of it is kept
 * for the next call, and what is still to be sent is sent first by the next call. The flags of the descriptor,
 * which others may share, are neither changed nor relied on. A message of 32 KiB and more makes the kernel's buffer
 * larger (up to 1 MiB), if it is allowed and has the size that the kernel gives at first: see fcntl(2),
 * F_SETPIPE_SZ.
 *
 * THREADS may share a connection: each direction serves one message at a time. A connection that is closed while
 * other threads have calls under way refuses new ones at once, and closes the descriptor when the last of them
 * is over; it does not wake them.
 *
 * PROCESSES that have the same end, by fork(2) or by opening it by name, must not mix their messages:
 *
 *   - Sending, a message of at most SHMGR_CONNECTION_ATOMIC bytes is one write, which the kernel of a pipe does
 *     not mix with others. If all messages are such, no lock is needed on a pipe (pipe(2) or the daemon's simplex
 *     pipe; a socket makes no such promise).
 *   - Longer messages, and any from several processes on a socket, need a lock that all senders use:
 *     shmgr_connection_set_write_lock().
 *   - Receiving takes two reads, so several receivers of an end need a lock: shmgr_connection_set_read_lock().
 *     No receiver reads beyond the message that it returns, so they may take turns.
 *
 * A child after fork(2) has the descriptor, as of any other, and begins with no message: one that was received or
 * sent in part is the parent's. And the other side sees no end of file before the child has closed it, too. */
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
/* Bytes of the longest message that is received where no maxlength is said: 256 MiB. A length is the word of the
 * other side; memory is taken as the bytes come, not as they are announced. */
#define SHMGR_CONNECTION_MAXLENGTH ((int64_t)268435456)

/* Makes a connection of a descriptor, which it takes over when it succeeds: it is closed with the connection. It
 * is an end of a pipe or a stream socket, or a file. flags say which directions are used; when they say none,
 * those that the descriptor has. -EINVAL: unknown flags, or a direction that the descriptor does not have;
 * -EPROTOTYPE: a socket of datagrams; -EBADF; -ENOMEM. */
int shmgr_connection_from_fd(int fd, int flags, shmgr_connection **ret_connection);
shmgr_connection *shmgr_connection_ref(shmgr_connection *connection);
/* The last one closes it. */
shmgr_connection *shmgr_connection_unref(shmgr_connection *connection);
void shmgr_connection_unrefp(shmgr_connection **connection);

/* Closes the connection for this process; a second close does nothing. Bytes of non-blocking sends that were not yet
 * sent are dropped, which breaks the stream: see shmgr_connection_flush(). Returns 0. */
int shmgr_connection_close(shmgr_connection *connection);
/* 0 or 1, also afterwards. */
int shmgr_connection_closed(shmgr_connection *connection);
int shmgr_connection_readable(shmgr_connection *connection);
int shmgr_connection_writable(shmgr_connection *connection);
/* The descriptor, which stays the connection's: to be waited for in an event loop, or to be given to another process.
 * Errors: -EBADF. */
int shmgr_connection_fileno(shmgr_connection *connection);

/* Whether a call that would have to wait gets -EAGAIN instead. Concerns this connection alone, not the descriptor. On a
 * pipe before Linux 6.5, when other processes use the same end without a lock, it may have to wait for what they took
 * in the last moment. And when memory is short, the rest of a message that was begun is waited for. Also -EBADF. */
int shmgr_connection_set_nonblocking(shmgr_connection *connection, int nonblocking);
/* Sets the default of maxlength, in bytes, instead of SHMGR_CONNECTION_MAXLENGTH. -EINVAL: maxlength is negative. Also
 * -EBADF. */
int shmgr_connection_set_maxlength(shmgr_connection *connection, int64_t maxlength);

/* Sends a value (NULL is JSON null) as its JSON text. -EINVAL: it is none that JSON has (NaN, an infinity, broken
 * UTF-8); nothing is sent. And as shmgr_connection_send_bytes(). Also -EBADF, -EPERM, -EAGAIN, -EPIPE, -EOWNERDEAD,
 * -ENOMEM. */
int shmgr_connection_send(shmgr_connection *connection, struct json_object *value);
/* Receives a value: a new reference. -EBADMSG, and as shmgr_connection_recv_bytes() (maxlength -1); but -ENOMEM may
 * have consumed the message, where there was room for its text and not for the value. Also -EBADF, -EPERM, -EAGAIN,
 * -ENODATA, -EPROTO, -EMSGSIZE, -EOWNERDEAD. */
int shmgr_connection_recv(shmgr_connection *connection, struct json_object **ret_value);

/* Sends size bytes from offset on, of a buffer of length bytes, as one message, which may be empty; size -1 stands for
 * all that is there. -EINVAL: an offset or a size outside of the buffer; -EPIPE; -EPERM; -EOWNERDEAD.
 *
 * Non-blocking: 0 also when only a part of it has left: the rest is kept, and sent first by the next call. -EAGAIN:
 * nothing of it has left, and nothing is kept. Also -EBADF, -ENOMEM. */
int shmgr_connection_send_bytes(shmgr_connection *connection, const void *buffer, size_t length,
                                int64_t offset, int64_t size);
/* Sends what non-blocking sends have kept: 0 when there is nothing (more) to send. -EAGAIN; -EPIPE; -EPERM. Also
 * -EBADF, -EOWNERDEAD. */
int shmgr_connection_flush(shmgr_connection *connection);

/* Receives a message into new memory, to be freed with free(3); behind its end there is a NUL, which ret_n does not
 * count. ret_n may be NULL. maxlength is in bytes; -1 stands for the default. -ENODATA; -EPROTO; -EMSGSIZE (the length
 * is in ret_n); -EINVAL: another negative maxlength; -EPERM; -EAGAIN; -EOWNERDEAD; -ENOMEM (the message stays the next
 * one). Also -EBADF. */
int shmgr_connection_recv_bytes(shmgr_connection *connection, int64_t maxlength, void **ret_buffer,
                                size_t *ret_n);
/* Receives a message into a buffer of length bytes, from offset on. ret_n (may be NULL) gets the length of the message.
 * -ENOBUFS (the length is in ret_n); -EINVAL: the offset is outside of the buffer; -ENODATA; -EPROTO; -EPERM; -EAGAIN
 * (what is in the buffer then is of no meaning); -EOWNERDEAD. Also -EBADF, -ENOMEM. */
int shmgr_connection_recv_bytes_into(shmgr_connection *connection, void *buffer, size_t length,
                                     int64_t offset, size_t *ret_n);
/* Drops the next message, however long it is, in little memory. -ENODATA; -EPROTO; -EPERM; -EAGAIN; -EOWNERDEAD. Also
 * -EBADF. */
int shmgr_connection_skip(shmgr_connection *connection);

/* Waits until there is something to receive: 1 when there is (also at the end of file, which the next call then tells),
 * 0 when the time was up. It may be less than a whole message. timeout_ms: 0 does not wait, SHMGR_FOREVER. -EINVAL:
 * another negative one; -EPERM. Also -EBADF. */
int shmgr_connection_poll(shmgr_connection *connection, int64_t timeout_ms);
/* The same for n connections at once: how many are ready; ret_ready[i] is 1 for those, else 0. 0 at once when n is
 * 0. -EBADF, -EPERM: one of them is closed, or cannot receive; -EINVAL; -ENOMEM. */
int shmgr_connection_wait(shmgr_connection *const connections[], size_t n, int64_t timeout_ms,
                          int ret_ready[]);

/* A lock that is held for each message that is received, or sent, so that several processes may use one end. All of
 * them must set it. It costs two calls of the daemon for a message. It is held by the thread that makes the call; the
 * connection takes a reference of it. NULL takes it away. -EBUSY: a message is being received, or sent, or was in part;
 * -EPERM.
 *
 * Receivers first wait for something to receive, and then for the lock, so one that dies idle has held nothing. Where a
 * message stays (it did not fit, or is not yet there), so does the lock, with the same thread.
 *
 * -EOWNERDEAD: whoever held it before has died meanwhile. If it died within a message, the next bytes received may be
 * the middle of one, and the next bytes sent be taken for its rest. A caller that knows that the stream is whole calls
 * again. (Only the next owner gets this error; with a lock that was opened with "on_owner_death": "poison", all get
 * -ENOTRECOVERABLE.) Errors of shmgr_lock_acquire(). Also -EBADF. */
int shmgr_connection_set_read_lock(shmgr_connection *connection, shmgr_lock *lock);
int shmgr_connection_set_write_lock(shmgr_connection *connection, shmgr_lock *lock);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
