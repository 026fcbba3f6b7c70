/* Managers: what a program opens, before any session. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "manager.h"

static atomic_uint_fast64_t last_manager_id;

/* With one processor, spinning would keep the daemon from it. */
static bool may_spin(void) {
        const char *asked = getenv("SHMGR_SPIN");
        cpu_set_t processors;

        return asked && *asked && strcmp(asked, "0") != 0 &&
               sched_getaffinity(0, sizeof(processors), &processors) == 0 &&
               CPU_COUNT(&processors) > 1;
}

int shmgr_manager_open(const char *socket_path, shmgr_manager **ret_manager) {
        char path[ADDRESS_MAX];

        if (socket_path && address_find(socket_path, path) < 0)
                return -ENAMETOOLONG;
        shmgr_manager *manager = calloc(1, sizeof(*manager));
        if (!manager)
                return -ENOMEM;
        if (socket_path) {
                manager->socket = strdup(socket_path);
                if (!manager->socket) {
                        free(manager);
                        return -ENOMEM;
                }
        }
        atomic_init(&manager->n_refs, 1);
        manager->spins = may_spin();
        manager->id = atomic_fetch_add(&last_manager_id, 1) + 1;
        *ret_manager = manager;
        return 0;
}

shmgr_manager *shmgr_manager_ref(shmgr_manager *manager) {
        atomic_fetch_add(&manager->n_refs, 1);
        return manager;
}

void manager_free(shmgr_manager *manager) {
        free(manager->socket);
        free(manager);
}

void shmgr_manager_set_interrupt(shmgr_manager *manager, int (*is_interrupted)(void *userdata),
                                 void *userdata) {
        manager->is_interrupted = is_interrupted;
        manager->userdata = userdata;
}

void shmgr_manager_on_lost(shmgr_manager *manager, shmgr_lost on_lost, void *userdata) {
        manager->on_lost = on_lost;
        manager->lost_userdata = userdata;
}
