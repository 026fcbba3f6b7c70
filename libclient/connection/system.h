/* Calls of the kernel, as the library makes them. No other file of the library calls those that are cancellation
 * points of pthread_cancel(3): tests/doc/test-cancellation.sh.
 *
 * A thread is cancelled where it waits, and nowhere else: in system_poll(), system_ppoll() and system_connect(). The
 * functions that transfer bytes never wait, so a cancelled thread has lost none; what they and system_close() do is not
 * interrupted by a cancellation. Callers of the three keep their state behind CLEANUP(), which runs then, too
 * (-fexceptions). */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/* As poll(2), ppoll(2), connect(2). */
int system_poll(struct pollfd *fds, size_t n, int timeout_ms);
int system_ppoll(struct pollfd *fds, size_t n, const struct timespec *timeout,
                 const sigset_t *mask);
int system_connect(int fd, const struct sockaddr *address, socklen_t n);

void system_close(int fd);
/* As recv(2), recvmsg(2), send(2), sendmsg(2), without waiting and without SIGPIPE. */
ssize_t system_recv(int fd, void *data, size_t n);
ssize_t system_recvmsg(int fd, struct msghdr *message);
ssize_t system_send(int fd, const void *data, size_t n);
ssize_t system_sendmsg(int fd, const struct msghdr *message);
/* As preadv2(2), pwritev2(2) at no position, read(2), writev(2). The last two may wait: for files, and for pipes that
 * poll(2) said to be ready. */
ssize_t system_preadv2(int fd, const struct iovec *iov, int n_iov, int flags);
ssize_t system_pwritev2(int fd, const struct iovec *iov, int n_iov, int flags);
ssize_t system_read(int fd, void *data, size_t n);
ssize_t system_writev(int fd, const struct iovec *iov, int n_iov);
/* Consumes one of these signals if it is pending, without waiting. Returns 0, or -1 if none was. */
int system_take_signal(const sigset_t *signals);

/* For functions that wait and must not be cancelled: the first returns the state before, the second restores it. */
int system_disable_cancellation(void);
void system_restore_cancellation(int before);

/* A descriptor of the library's own is never 0, 1 or 2, which the program's output goes to and its input comes from,
 * even where the program has closed them. Moves a new one above them. Returns the
 * descriptor, which may be another number, or a negative errno with the descriptor closed. */
int system_move_above_stdio(int fd);
