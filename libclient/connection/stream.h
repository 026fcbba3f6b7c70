/* A stream: the descriptor under a connection, of any kind, which other processes may share: its flags are neither
 * changed nor relied on, signals do not interrupt calls, and no signal is raised. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct pollfd;

typedef struct Stream {
        int fd; /* -1 when it is closed */
        bool is_socket;
        bool is_pipe;
        bool has_room;      /* was asked for; used by who sends */
        atomic_int missing; /* RWF_ flags that this kernel does not have for it */
} Stream;

/* Takes the descriptor over. ret_flags are the SHMGR_CONNECTION_ directions that it has. -EBADF; -EPROTOTYPE. */
int stream_init(Stream *stream, int fd, int *ret_flags);
void stream_close(Stream *stream);

/* Reads at most n > 0 bytes (with wait, a point of cancellation, which has read nothing): how many; 0 at the end of
 * file; -EAGAIN (only with wait false); another negative errno. */
ssize_t stream_read(Stream *stream, void *buffer, size_t n, bool wait);
/* Writes in one call of the kernel (with wait, a point of cancellation, which has written nothing): the number of
 * bytes, which may be less than all; -EAGAIN (only with wait false); -EPIPE when nobody reads; another negative
 * errno. */
ssize_t stream_write(Stream *stream, const struct iovec *iov, int n_iov, bool wait);
/* A message of n bytes is going to be written: makes the kernel's buffer larger if that is worth it. Whether its
 * header had better be written by itself. */
bool stream_prepare(Stream *stream, size_t n);
/* Waits until it can be read: 1 when it can, or is at its end; 0 when the time was up. -1 waits for ever. */
int stream_poll(const Stream *stream, int64_t timeout_ms);
/* poll(2) that goes on after signals: how many descriptors are ready; 0 when the time was up; -EBADF when one is
 * none; another negative errno. */
int stream_poll_many(struct pollfd *fds, size_t n, int64_t timeout_ms);
