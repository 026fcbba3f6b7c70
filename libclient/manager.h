/* The manager handle, as the library sees it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <shmgr/shmgr.h>

struct shmgr_manager {
        atomic_uint n_refs;
        uint64_t id;  /* never reused in this process: threads find their sessions by it */
        char *socket; /* as it was given, or NULL */
        bool spins;   /* calls poll for their reply for a moment before they sleep */
        int (*is_interrupted)(void *userdata);
        void *userdata;
        shmgr_lost on_lost; /* or NULL */
        void *lost_userdata;
};

/* Frees a manager that no session uses any more: see clients_end_manager(). */
void manager_free(shmgr_manager *manager);
