/* Sockets that a service manager opened and passed: the protocol of sd_listen_fds(3),
 * without its library. */
#pragma once

enum {
        LISTEN_FDS_START = 3,
        LISTEN_FDS_MAX = 8, /* that are taken */
};

/* Takes them, and their variables out of the environment. Returns the number of descriptors, the first
 * being LISTEN_FDS_START; -EINVAL when they are not what the daemon can listen on, after saying so in the
 * log. */
int listen_fds_take(void);
