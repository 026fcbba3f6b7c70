/* Waiting for the daemon, and giving up. Both set *is_asking while the manager's function runs. */
#pragma once

#include <stdbool.h>

#include "manager.h"

/* Waits until a descriptor has one of the events: those that it has; or -EINTR when the manager's function says to
 * give the call up. The function is asked after each signal whose handler has run in the wait. With asks_first it is
 * also asked before the wait, and from time to time in it. A point of cancellation. */
int interrupt_poll(const shmgr_manager *manager, bool *is_asking, int fd, short events,
                   bool asks_first);

/* Asks at once, after a signal; 0 when the manager has no function. */
int interrupt_is_now(const shmgr_manager *manager, bool *is_asking);
