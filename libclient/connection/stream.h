/* A stream: the descriptor under a connection, of any kind, which other processes may share. Its flags are neither changed
 * nor relied on, signals do not interrupt calls, and no signal is raised. */
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
        bool has_room;      /* a larger buffer was asked for; only the sender uses this */
        atomic_int missing; /* RWF_ flags that this kernel does not have for it */
} Stream;

/* Takes the descriptor over. *ret_flags receives its SHMGR_CONNECTION_ directions. Returns 0, -EBADF or -EPROTOTYPE. */
int stream_init(Stream *stream, int fd, int *ret_flags);
void stream_close(Stream *stream);

/* Reads at most n > 0 bytes. Returns their number; 0 at the end of file; -EAGAIN (only with wait false); or another negative
 * errno. With wait it is a cancellation point, where nothing was read. */
ssize_t stream_read(Stream *stream, void *buffer, size_t n, bool wait);
/* Writes in one system call. Returns the number of bytes, which may be a short write; -EAGAIN (only with wait false); -EPIPE
 * without a reader; or another negative errno. With wait it is a cancellation point, where nothing was written. */
ssize_t stream_write(Stream *stream, const struct iovec *iov, int n_iov, bool wait);
/* Called before a message of n bytes is written: enlarges the kernel's buffer for a long one. Returns true if the header should
 * be written by itself. */
bool stream_prepare(Stream *stream, size_t n);
/* Waits until it can be read. Returns 1 when it can, or is at its end; 0 when the timeout expired. -1 waits for ever. */
int stream_poll(const Stream *stream, int64_t timeout_ms);
/* poll(2) that continues after signals. Returns the number of ready descriptors; 0 when the timeout expired; -EBADF if one is
 * not open; or another negative errno. */
int stream_poll_many(struct pollfd *fds, size_t n, int64_t timeout_ms);
