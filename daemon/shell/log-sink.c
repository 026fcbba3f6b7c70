/* The sink of the log: writes that never block the loop.
 *
 * Other processes share standard error: the shell, a pager, every process that inherited it.
 * O_NONBLOCK on it would make their writes fail, so there are three other ways not to block:
 *
 *   socket          each send has MSG_DONTWAIT
 *   pipe, device    is opened again through /proc: O_NONBLOCK applies to the new open file description only
 *   otherwise       poll() before each write
 *
 * In the last case, a pipe that polls writable has room for PIPE_BUF bytes, and a line is shorter.
 * Another process that writes to the same pipe in between can still take this room, and a terminal
 * promises less than a line: these are the limits of this case. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "log-sink.h"
#include "poll-through.h"

void log_sink_init(LogSink *sink, int fd) {
        struct stat st;

        *sink = (LogSink){.fd = fd, .kind = LOG_SINK_STREAM};
        if (fstat(fd, &st) < 0)
                return;
        if (S_ISREG(st.st_mode))
                sink->kind = LOG_SINK_FILE;
        else if (S_ISSOCK(st.st_mode))
                sink->kind = LOG_SINK_SOCKET;
}

int log_sink_open(LogSink *ret, const char *path) {
        int fd =
                open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640);

        if (fd < 0)
                return -errno;
        log_sink_init(ret, fd);
        ret->is_owned = true;
        return 0;
}

void log_sink_own(LogSink *sink) {
        char path[64];

        if (sink->kind != LOG_SINK_STREAM || sink->is_owned)
                return;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", sink->fd);
        int fd = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return;
        sink->fd = fd;
        sink->is_owned = true;
}

void log_sink_deinit(LogSink *sink) {
        if (sink->is_owned)
                close(sink->fd);
        *sink = (LogSink){.fd = -1, .kind = LOG_SINK_STREAM};
}

static bool has_room(const LogSink *sink) {
        struct pollfd p = {.fd = sink->fd, .events = POLLOUT};

        return sink->kind == LOG_SINK_FILE || sink->is_owned ||
               (poll_through(&p, 1, 0) > 0 && (p.revents & (POLLOUT | POLLERR | POLLNVAL)));
}

static ssize_t write_now(const LogSink *sink, const struct iovec *pieces, int n_pieces) {
        const struct msghdr message = {.msg_iov = (struct iovec *)pieces,
                                       .msg_iovlen = (size_t)n_pieces};

        if (sink->kind == LOG_SINK_SOCKET)
                return sendmsg(sink->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (!has_room(sink)) {
                errno = EAGAIN;
                return -1;
        }
        return writev(sink->fd, pieces, n_pieces);
}

int log_sink_write(LogSink *sink, const char *line, size_t n) {
        const struct iovec pieces[] = {{.iov_base = (char *)"\n", .iov_len = 1},
                                       {.iov_base = (char *)line, .iov_len = n}};
        int skip = sink->is_inside ? 0 : 1;
        size_t size = n + (sink->is_inside ? 1 : 0);

        if (size > PIPE_BUF)
                return -EMSGSIZE;
        ssize_t n_written = write_now(sink, pieces + skip, 2 - skip);
        if (n_written < 0)
                return -errno;
        if (n_written > 0)
                sink->is_inside = (size_t)n_written < size;
        return (size_t)n_written == size ? 0 : -EAGAIN;
}
