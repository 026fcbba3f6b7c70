/* Sockets that a service manager opened and passed. This is the protocol of sd_listen_fds(3),
 * without its library. */
#pragma once

#include <stddef.h>

#include "handover/pack.h"

enum {
        LISTEN_FDS_START = 3,
        LISTEN_FDS_MAX = 8, /* most listening sockets */
        PASSED_IMAGES_MAX = 2,
};

/* The names of descriptors that a daemon stored with the service manager (handover/fd-store.h). */
#define STORED_IMAGE "shmgrd-state"
#define STORED_PAIR  "shmgrd-descriptors"

typedef struct PassedFds {
        int listeners[LISTEN_FDS_MAX];
        size_t n_listeners;
        int images[PASSED_IMAGES_MAX]; /* states of a daemon that has exited */
        size_t n_images;
        Pack pack; /* the descriptors of the state */
} PassedFds;

/* Takes the descriptors, and removes their variables from the environment. Returns 0, or logs what
 * the daemon cannot use and returns -EINVAL. */
int listen_fds_take(PassedFds *ret);
