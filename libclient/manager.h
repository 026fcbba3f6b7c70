/* The manager handle, as the library sees it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <shmgr/shmgr.h>

struct shmgr_manager {
        atomic_uint n_refs;
        uint64_t id;  /* never used again in this process: what threads know their sessions by */
        char *socket; /* as it was given, or NULL */
        bool spins;   /* calls look for their reply for a moment before they sleep */
        int (*is_interrupted)(void *userdata);
        void *userdata;
        shmgr_lost on_lost; /* or NULL */
        void *lost_userdata;
};

/* Frees what no session uses any more: see clients_end_manager(). */
void manager_free(shmgr_manager *manager);
