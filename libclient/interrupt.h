/* Waiting for the daemon, and giving up. */
#pragma once

#include <stdbool.h>

#include "manager.h"

/* Waits until a descriptor has one of the events: those that it has; or -EINTR when the manager's function says
 * that the call shall be given up. That is asked whenever a signal's handler has run, and at first if so said. */
int interrupt_poll(const shmgr_manager *manager, int fd, short events, bool ask_first);

static inline bool interrupt_is_possible(const shmgr_manager *manager) {
        return manager->is_interrupted != NULL;
}

/* Asks at once, after a signal. */
static inline bool interrupt_is_now(const shmgr_manager *manager) {
        return interrupt_is_possible(manager) && manager->is_interrupted(manager->userdata);
}
