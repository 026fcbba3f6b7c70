/* A crowd: processes that are forked, wait for each other, and then do the same thing at once. */
#pragma once

#include <stdint.h>

typedef struct Crowd {
        unsigned n_processes;
        /* Both run in each child, and answer 0 or a negative errno. */
        int (*prepare)(void *userdata); /* before the start */
        int (*work)(void *userdata);    /* behind it */
        void *userdata;
} Crowd;

/* Forks the processes, lets them start together when all are prepared, and waits until all have
 * ended. 0 when all succeeded, with the time from the start to the last end; or a negative errno. */
int crowd_run(const Crowd *crowd, int64_t *ret_ns);
