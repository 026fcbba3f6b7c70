/* Waits for the daemon that the program can interrupt. Both functions set *is_asking while the manager's function runs. */
#pragma once

#include <stdbool.h>

#include "manager.h"

/* Waits until a descriptor has one of the events. Returns its events, or -EINTR if the manager's function returns nonzero, which
 * interrupts the call. The function is called after each signal whose handler has run during the wait. With asks_first it
 * is also called before the wait, and at least once a second. A cancellation point. */
int interrupt_poll(const shmgr_manager *manager, bool *is_asking, int fd, short events,
                   bool asks_first);

/* Calls the manager's function, after a signal. Returns 0 if the manager has none. */
int interrupt_is_now(const shmgr_manager *manager, bool *is_asking);
