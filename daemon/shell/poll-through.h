/* The only caller of poll(2) in the daemon.
 *
 * A signal that is pending ends poll(2) with EINTR, even if it would not wait. So a caller that takes each
 * failure for an event would, for example, end a session because SIGTERM arrives at that moment. */
#pragma once

#include <poll.h>
#include <stddef.h>

/* Like poll(2), but continues after a signal. A timeout of less than 0 is none. */
int poll_through(struct pollfd *fds, size_t n, int timeout_ms);
