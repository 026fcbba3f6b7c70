/* Waiting for the daemon, and giving up. */
#pragma once

#include <stdbool.h>

#include "client.h"

/* Waits until a descriptor has one of the events: those that it has; or -EINTR when the manager's function says to
 * give the call up. The function is asked after each signal whose handler has run in the wait. With asks_first it is
 * also asked before the wait, and from time to time in it. A point of cancellation. */
int interrupt_poll(Client *client, const shmgr_manager *manager, int fd, short events,
                   bool asks_first);

/* Asks at once, after a signal; 0 where there is no function. */
int interrupt_is_now(Client *client, const shmgr_manager *manager);
