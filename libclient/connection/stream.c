/* Reading and writing descriptors that other processes share.
 *
 * O_NONBLOCK belongs to the open file, and so to every process that has a descriptor of it: the library neither sets
 * the flag nor relies on it. Each transfer asks the kernel not to wait; waiting is done in poll(2) alone.
 *
 *   kind of descriptor           read without waiting       write without waiting
 *   socket                       recv(MSG_DONTWAIT)         sendmsg(MSG_DONTWAIT | MSG_NOSIGNAL)
 *   pipe                         preadv2(RWF_NOWAIT)        pwritev2(RWF_NOWAIT | RWF_NOSIGNAL)
 *   pipe, no RWF_NOSIGNAL        preadv2(RWF_NOWAIT)        pwritev2(RWF_NOWAIT), quietly
 *   pipe, no RWF_NOWAIT; other   poll(2), then read(2)      poll(2), then writev(2) of PIPE_BUF bytes, quietly
 *
 * "Quietly" is write_quietly(), which keeps the thread from getting a SIGPIPE. A stream moves down the table when the
 * kernel rejects a flag (Stream.missing), and never up again.
 *
 * stream_read() and stream_write() are in one of two states:
 *
 *   trying     some bytes went through: returned. A signal: tries again. The peer is gone: end of file, or -EPIPE.
 *              Nothing is possible yet: -EAGAIN, or waiting if the caller waits.
 *   waiting    in poll(2), until the descriptor is ready: trying. A cancelled thread ends here, and has lost no byte.
 *
 * Must never happen:
 *   - bytes are transferred and then forgotten: no cancellation point follows a transfer within a call;
 *   - the program gets a SIGPIPE, or loses one that was sent to it from elsewhere;
 *   - a handler runs, or a child is made, while SIGPIPE is blocked;
 *   - the flags or the position of the open file change.
 *
 * One hazard remains in the last row: another process may read what poll(2) announced, and then the read(2) blocks. A
 * lock (shmgr_connection_set_read_lock()) prevents it. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include <shmgr/shmgr.h>

#include "connection/stream.h"
#include "connection/system.h"

/* The upper bound of one read: the kernel does not transfer more than 2 GiB in a call either. */
enum { READ_MOST = 1 << 30 };

/* Sizes of the kernel's buffer between two processes: the default, and a larger one for long messages, which otherwise need a
 * context switch for every few pages. Linux doubles the size that a socket is given. */
enum {
        LONG_FROM = 32 << 10,
        PIPE_DEFAULT = 64 << 10,
        PIPE_ROOM = 1 << 20,
        SOCKET_DEFAULT = 212992,
        SOCKET_ROOM = 512 << 10,
};

/* Newer than some headers. An older kernel fails with EOPNOTSUPP. */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif
#ifndef RWF_NOSIGNAL
#define RWF_NOSIGNAL 0x00000100
#endif

static int64_t now_ms(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static int directions_of(int fd) {
        int flags = fcntl(fd, F_GETFL);

        if (flags < 0)
                return -errno;
        switch (flags & O_ACCMODE) {
        case O_RDONLY:
                return SHMGR_CONNECTION_READABLE;
        case O_WRONLY:
                return SHMGR_CONNECTION_WRITABLE;
        default:
                return SHMGR_CONNECTION_READABLE | SHMGR_CONNECTION_WRITABLE;
        }
}

int stream_init(Stream *stream, int fd, int *ret_flags) {
        struct stat st;
        int type = SOCK_STREAM;
        socklen_t n = sizeof(type);
        int flags = directions_of(fd);

        if (flags < 0)
                return flags;
        if (fstat(fd, &st) < 0)
                return -errno;
        bool is_socket = S_ISSOCK(st.st_mode);
        if (is_socket && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0)
                return -errno;
        if (type != SOCK_STREAM)
                return -EPROTOTYPE;
        *stream = (Stream){.fd = fd, .is_socket = is_socket, .is_pipe = S_ISFIFO(st.st_mode)};
        *ret_flags = flags;
        return 0;
}

void stream_close(Stream *stream) {
        if (stream->fd >= 0)
                system_close(stream->fd);
        stream->fd = -1;
}

/* Returns whether the call failed since the kernel does not know the flag. The flag is not used again then. */
static bool is_missing(Stream *stream, ssize_t n, int flag) {
        if (n >= 0 || !flag || (errno != EOPNOTSUPP && errno != ENOSYS))
                return false;
        atomic_fetch_or_explicit(&stream->missing, flag, memory_order_relaxed);
        return true;
}

static int known_flags(Stream *stream, int flags) {
        return flags & ~atomic_load_explicit(&stream->missing, memory_order_relaxed);
}

static int poll_fd(int fd, short events, int64_t timeout_ms) {
        struct pollfd p = {.fd = fd, .events = events};

        return stream_poll_many(&p, 1, timeout_ms);
}

/* Reads like read(2), but never waits. */
static ssize_t read_now(Stream *stream, void *buffer, size_t n) {
        struct iovec iov = {.iov_base = buffer, .iov_len = n};

        if (stream->is_socket)
                return system_recv(stream->fd, buffer, n);
        if (stream->is_pipe && known_flags(stream, RWF_NOWAIT)) {
                ssize_t r = system_preadv2(stream->fd, &iov, 1, RWF_NOWAIT);
                if (!is_missing(stream, r, RWF_NOWAIT))
                        return r;
        }
        int r = poll_fd(stream->fd, POLLIN, 0);
        if (r > 0)
                return system_read(stream->fd, buffer, n);
        errno = r < 0 ? -r : EAGAIN;
        return -1;
}

ssize_t stream_read(Stream *stream, void *buffer, size_t n, bool wait) {
        if (n > READ_MOST)
                n = READ_MOST;
        for (;;) {
                ssize_t r = read_now(stream, buffer, n);
                if (r >= 0)
                        return r;
                /* The peer closed without reading all that we sent: the reader treats this as end of file. */
                if (errno == ECONNRESET)
                        return 0;
                if (errno == EAGAIN && !wait)
                        return -EAGAIN;
                r = errno == EAGAIN ? poll_fd(stream->fd, POLLIN, -1) : errno == EINTR ? 0 : -errno;
                if (r < 0)
                        return r;
        }
}

static size_t size_of(const struct iovec *iov, int n_iov) {
        size_t size = 0;

        for (int i = 0; i < n_iov; i++)
                size += iov[i].iov_len;
        return size;
}

/* Writes without a SIGPIPE, on kernels without RWF_NOSIGNAL. All signals are blocked meanwhile, so that
 * no handler runs without SIGPIPE, which it would hand down to a child. This thread's own SIGPIPE is consumed; one that
 * others sent to the process is another matter. */
static ssize_t write_quietly(int fd, const struct iovec *iov, int n_iov, int flags) {
        sigset_t all, sigpipe, before, pending;

        sigemptyset(&sigpipe);
        sigaddset(&sigpipe, SIGPIPE);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        bool was_blocked = sigismember(&before, SIGPIPE) > 0;
        /* An unblocked signal is never pending. */
        bool was_pending =
                was_blocked && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) > 0;
        ssize_t r = flags ? system_pwritev2(fd, iov, n_iov, flags) : system_writev(fd, iov, n_iov);
        int error = errno;
        /* A short write raises SIGPIPE too, if the reader closed in the middle of it. */
        if ((r < 0 ? error == EPIPE : (size_t)r < size_of(iov, n_iov)) && !was_pending)
                system_take_signal(&sigpipe);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        errno = error;
        return r;
}

/* Writes without blocking, on kernels without RWF_NOWAIT: a pipe that poll(2) reports as writable has room for PIPE_BUF
 * bytes, and perhaps for no more. */
static ssize_t write_what_fits(int fd, const struct iovec *iov, int n_iov) {
        struct iovec part[2];
        size_t room = PIPE_BUF;
        int n = 0;
        int r = poll_fd(fd, POLLOUT, 0);

        if (r <= 0) {
                errno = r < 0 ? -r : EAGAIN;
                return -1;
        }
        for (; n < n_iov && n < 2 && room > 0; n++) {
                part[n] = iov[n];
                if (part[n].iov_len > room)
                        part[n].iov_len = room;
                room -= part[n].iov_len;
        }
        return write_quietly(fd, part, n, 0);
}

static ssize_t write_pipe(Stream *stream, const struct iovec *iov, int n_iov) {
        int flags = known_flags(stream, RWF_NOSIGNAL | (stream->is_pipe ? RWF_NOWAIT : 0));

        if (flags & RWF_NOSIGNAL) {
                ssize_t r = system_pwritev2(stream->fd, iov, n_iov, flags);
                if (!is_missing(stream, r, RWF_NOSIGNAL))
                        return r;
                flags &= ~RWF_NOSIGNAL;
        }
        if (flags) {
                ssize_t r = write_quietly(stream->fd, iov, n_iov, flags);
                if (!is_missing(stream, r, flags))
                        return r;
        }
        return write_what_fits(stream->fd, iov, n_iov);
}

/* Asks once for a larger buffer, unless another size than the default was set. If the user or the system does not allow it,
 * the buffer stays as it is. */
static void make_room(Stream *stream) {
        stream->has_room = true;
        if (!stream->is_socket) {
                if (fcntl(stream->fd, F_GETPIPE_SZ) == PIPE_DEFAULT)
                        fcntl(stream->fd, F_SETPIPE_SZ, PIPE_ROOM);
                return;
        }
        int domain, size, room = SOCKET_ROOM;
        socklen_t n_domain = sizeof(domain), n_size = sizeof(size);
        if (getsockopt(stream->fd, SOL_SOCKET, SO_DOMAIN, &domain, &n_domain) == 0 &&
            domain == AF_UNIX &&
            getsockopt(stream->fd, SOL_SOCKET, SO_SNDBUF, &size, &n_size) == 0 &&
            size == SOCKET_DEFAULT)
                setsockopt(stream->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

/* A pipe puts what one call writes into whole pages, from their beginning. With a header in front, all of the body
 * is a few bytes off, and some processors copy that at half their speed. */
bool stream_prepare(Stream *stream, size_t n) {
        if (n < LONG_FROM)
                return false;
        if (!stream->has_room)
                make_room(stream);
        return !stream->is_socket;
}

static ssize_t write_socket(int fd, const struct iovec *iov, int n_iov) {
        const struct msghdr message = {.msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)n_iov};

        return system_sendmsg(fd, &message);
}

ssize_t stream_write(Stream *stream, const struct iovec *iov, int n_iov, bool wait) {
        for (;;) {
                ssize_t r = stream->is_socket ? write_socket(stream->fd, iov, n_iov)
                                              : write_pipe(stream, iov, n_iov);
                if (r >= 0)
                        return r;
                if (errno == EAGAIN && !wait)
                        return -EAGAIN;
                /* A socket returns this once, if the peer closed without reading all. */
                if (errno == ECONNRESET)
                        return -EPIPE;
                r = errno == EAGAIN  ? poll_fd(stream->fd, POLLOUT, -1)
                    : errno == EINTR ? 0
                                     : -errno;
                if (r < 0)
                        return r;
        }
}

/* Returns the time until the deadline for poll(2), which takes an int. */
static int left_ms(int64_t deadline) {
        int64_t left = deadline - now_ms();

        return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int stream_poll_many(struct pollfd *fds, size_t n, int64_t timeout_ms) {
        int64_t now = now_ms();
        int64_t deadline = timeout_ms > INT64_MAX - now ? INT64_MAX : now + timeout_ms;
        int r;

        do {
                r = system_poll(fds, n, timeout_ms < 0 ? -1 : left_ms(deadline));
                if (r < 0 && errno != EINTR)
                        return -errno;
        } while (r <= 0 && (timeout_ms < 0 || now_ms() < deadline));
        for (size_t i = 0; r > 0 && i < n; i++)
                if (fds[i].revents & POLLNVAL)
                        return -EBADF;
        return r < 0 ? 0 : r;
}

int stream_poll(const Stream *stream, int64_t timeout_ms) {
        return poll_fd(stream->fd, POLLIN, timeout_ms);
}
