/* Makes pipes and pairs of sockets. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipe-pair.h"
#include "poll-through.h"

static int pipe_pair_make(void *userdata, bool duplex, int ret_fds[2]) {
        int r = duplex ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds)
                       : pipe2(ret_fds, O_CLOEXEC);

        return r < 0 ? -errno : 0;
}

static void pipe_pair_close(void *userdata, int fd) {
        close(fd);
}

/* Returns whether the other end is open. The reading end of a pipe reports POLLHUP without a
 * writer, the writing end POLLERR without a reader, and a socket POLLHUP without the other one. */
static bool pipe_pair_has_peer(void *userdata, int fd) {
        struct pollfd p = {.fd = fd};

        return poll_through(&p, 1, 0) >= 0 && !(p.revents & (POLLHUP | POLLERR));
}

const DescriptorSource pipe_pairs_of_kernel = {
        .make_pair = pipe_pair_make,
        .close = pipe_pair_close,
        .has_peer = pipe_pair_has_peer,
};
