/* Sockets that a service manager opened and passed: the protocol of sd_listen_fds(3),
 * without its library. */
#pragma once

#include <stddef.h>

#include "handover/pack.h"

enum {
        LISTEN_FDS_START = 3,
        LISTEN_FDS_MAX = 8, /* listening sockets that are taken */
        PASSED_IMAGES_MAX = 2,
};

/* The names of descriptors that a daemon stored with the service manager (handover/fd-store.h). */
#define STORED_IMAGE "shmgrd-state"
#define STORED_PAIR  "shmgrd-descriptors"

typedef struct PassedFds {
        int listeners[LISTEN_FDS_MAX];
        size_t n_listeners;
        int images[PASSED_IMAGES_MAX]; /* states of a daemon that ended */
        size_t n_images;
        Pack pack; /* the descriptors of a state */
} PassedFds;

/* Takes them, and their variables out of the environment: 0, or -EINVAL when they are not what the daemon can use, after
 * saying so in the log. */
int listen_fds_take(PassedFds *ret);
