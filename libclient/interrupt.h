/* Waiting for the daemon, and giving up. Both set *is_asking while the manager's function runs. */
#pragma once

#include <stdbool.h>

#include "manager.h"

/* Waits until a descriptor has one of the events: those that it has; or -EINTR when the manager's function says to
 * give the call up. The function is called after each signal whose handler has run during the wait. With asks_first it
 * is also called before the wait, and at least once a second. A cancellation point. */
int interrupt_poll(const shmgr_manager *manager, bool *is_asking, int fd, short events,
                   bool asks_first);

/* Calls the function at once, after a signal; 0 if the manager has none. */
int interrupt_is_now(const shmgr_manager *manager, bool *is_asking);
