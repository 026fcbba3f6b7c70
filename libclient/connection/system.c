/* Calls of the kernel, with and without cancellation. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "connection/system.h"

/* glibc: false from the first pthread_create(3) on, or earlier. */
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define IS_SINGLE_THREADED __libc_single_threaded
#else
#define IS_SINGLE_THREADED 0
#endif

enum { NOT_DISABLED = -1 };

int system_disable_cancellation(void) {
        int before;

        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
        return before;
}

void system_restore_cancellation(int before) {
        pthread_setcancelstate(before, NULL);
}

/* For functions that do not wait. In a process with one thread they are not cancellation points of glibc, so nothing is disabled. */
static int begin_transfer(void) {
        return IS_SINGLE_THREADED ? NOT_DISABLED : system_disable_cancellation();
}

static ssize_t end_transfer(int before, ssize_t r) {
        if (before != NOT_DISABLED)
                system_restore_cancellation(before);
        return r;
}

static ssize_t restore(int before, ssize_t r) {
        system_restore_cancellation(before);
        return r;
}

int system_poll(struct pollfd *fds, size_t n, int timeout_ms) {
        return poll(fds, n, timeout_ms);
}

int system_connect(int fd, const struct sockaddr *address, socklen_t n) {
        return connect(fd, address, n);
}

void system_close(int fd) {
        int before = system_disable_cancellation();

        restore(before, close(fd));
}

ssize_t system_recv(int fd, void *data, size_t n) {
        int before = begin_transfer();

        return end_transfer(before, recv(fd, data, n, MSG_DONTWAIT));
}

ssize_t system_recvmsg(int fd, struct msghdr *message) {
        int before = system_disable_cancellation();

        return restore(before, recvmsg(fd, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
}

ssize_t system_send(int fd, const void *data, size_t n) {
        int before = begin_transfer();

        return end_transfer(before, send(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL));
}

ssize_t system_sendmsg(int fd, const struct msghdr *message) {
        int before = system_disable_cancellation();

        return restore(before, sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

ssize_t system_preadv2(int fd, const struct iovec *iov, int n_iov, int flags) {
        int before = system_disable_cancellation();

        return restore(before, preadv2(fd, iov, n_iov, -1, flags));
}

ssize_t system_pwritev2(int fd, const struct iovec *iov, int n_iov, int flags) {
        int before = system_disable_cancellation();

        return restore(before, pwritev2(fd, iov, n_iov, -1, flags));
}

ssize_t system_read(int fd, void *data, size_t n) {
        int before = system_disable_cancellation();

        return restore(before, read(fd, data, n));
}

ssize_t system_writev(int fd, const struct iovec *iov, int n_iov) {
        int before = system_disable_cancellation();

        return restore(before, writev(fd, iov, n_iov));
}

int system_take_signal(const sigset_t *signals) {
        const struct timespec now = {0};
        int before = system_disable_cancellation();
        int r;

        do
                r = sigtimedwait(signals, NULL, &now);
        while (r < 0 && errno == EINTR);
        restore(before, 0);
        return r < 0 ? -1 : 0;
}

int system_move_above_stdio(int fd) {
        if (fd > STDERR_FILENO)
                return fd;
        int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        int r = moved < 0 ? -errno : moved;
        system_close(fd);
        return r;
}
