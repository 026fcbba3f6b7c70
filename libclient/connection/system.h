/* Calls of the kernel, as the library makes them. No other file of the library calls those that are cancellation
 * points of pthread_cancel(3): tests/doc/test-cancellation.sh.
 *
 * A thread is cancelled where it waits, and nowhere else: in system_poll() and system_connect(). The
 * functions that transfer bytes never wait, so a cancelled thread has lost none; what they and system_close() do is not
 * interrupted by a cancellation. Callers of the two keep their state behind CLEANUP(), which runs then, too
 * (-fexceptions). */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Like poll(2), connect(2). */
int system_poll(struct pollfd *fds, size_t n, int timeout_ms);
int system_connect(int fd, const struct sockaddr *address, socklen_t n);

void system_close(int fd);
/* Like recv(2), recvmsg(2), send(2), sendmsg(2), without waiting and without SIGPIPE. */
ssize_t system_recv(int fd, void *data, size_t n);
ssize_t system_recvmsg(int fd, struct msghdr *message);
ssize_t system_send(int fd, const void *data, size_t n);
ssize_t system_sendmsg(int fd, const struct msghdr *message);
/* Like preadv2(2) and pwritev2(2) at no position, read(2), writev(2). The last two may wait: for files, and for
 * pipes that poll(2) reported as ready. */
ssize_t system_preadv2(int fd, const struct iovec *iov, int n_iov, int flags);
ssize_t system_pwritev2(int fd, const struct iovec *iov, int n_iov, int flags);
ssize_t system_read(int fd, void *data, size_t n);
ssize_t system_writev(int fd, const struct iovec *iov, int n_iov);
/* Consumes one of these signals if it is pending, without waiting. Returns 0, or -1 if none was. */
int system_take_signal(const sigset_t *signals);

/* For functions that wait and must not be cancelled: the first returns the state before, the second restores it. */
int system_disable_cancellation(void);
void system_restore_cancellation(int before);

/* Moves a new descriptor of the library above 0, 1 and 2, even if the program has closed these: its output must not
 * go to the library's descriptor. Returns the descriptor, which may be another number, or a negative errno with the
 * descriptor closed. */
int system_move_above_stdio(int fd);
