/* The restart by the service manager, which ends the daemon and starts another process: the daemon
 * leaves its state in the file descriptor store of the service manager, which passes it to the next
 * process. fd-store.c has the steps. */
#pragma once

#include "core.h"
#include "handover/shell-state.h"
#include "handover/takeover.h"
#include "listen-fds.h"
#include "notify.h"

/* Returns the number of descriptors that the service manager stores for this daemon ($FDSTORE); 0
 * for none. */
unsigned fd_store_room(const Notify *notify);
/* Writes the state and stores it. Returns 0, or negative errno with the reason, and then nothing is
 * stored. After success the state must not change, and the process must exit without sending to its
 * clients. */
int fd_store_put(ShellState *state, const Notify *notify, char fault[CORE_FAULT_MAX]);

/* Takes the state that the service manager passed, and removes it from the store. Returns 0, also
 * without a state, or negative errno with the reason. Descriptors of the state get their numbers;
 * *ready_fd and the passed listening sockets may be moved out of the way. The image in *ret, if
 * there is one, is to be loaded, or kept by takeover_fail(). */
int fd_store_take(PassedFds *passed, int *ready_fd, Takeover *ret, char fault[CORE_FAULT_MAX]);
