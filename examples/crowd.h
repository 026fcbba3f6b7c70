/* A crowd: processes that are forked, wait for each other, and start to work at one moment. */
#pragma once

#include <stdint.h>

typedef struct Crowd {
        unsigned n_processes;
        /* Both run in each child, and return 0 or a negative errno. */
        int (*prepare)(void *userdata); /* before the start */
        int (*work)(void *userdata);    /* after the start */
        void *userdata;
} Crowd;

/* Forks the processes, lets them start together when all are prepared, and waits until all have exited.
 * Returns 0 if all succeeded, and stores the nanoseconds from the start to the last exit;
 * otherwise returns a negative errno. */
int crowd_run(const Crowd *crowd, int64_t *ret_ns);
