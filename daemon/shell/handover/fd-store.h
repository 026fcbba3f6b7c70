/* The restart by the service manager, which ends the daemon and starts another process: the daemon leaves its state in the file descriptor
 * store of the service manager, which passes it to the next process. fd-store.c has the steps. */
#pragma once

#include "core.h"
#include "handover/shell-state.h"
#include "handover/takeover.h"
#include "listen-fds.h"
#include "notify.h"

/* How many descriptors the service manager stores for this daemon ($FDSTORE); 0 for none. */
unsigned fd_store_room(const Notify *notify);
/* Writes the state and stores it: 0; or negative errno, with the reason, and nothing is stored. The state must not change any more
 * after that, and the process must end without a word to its clients. */
int fd_store_put(ShellState *state, const Notify *notify, char fault[CORE_FAULT_MAX]);

/* Takes the state that the service manager passed, and removes it from the store: 0, also if there is none; or negative errno with the
 * reason. Descriptors of the state get their numbers; *ready_fd and the passed listening sockets may be moved out of the way.
 * The image in *ret, if there is one, is to be loaded, or kept by takeover_fail(). */
int fd_store_take(PassedFds *passed, int *ready_fd, Takeover *ret, char fault[CORE_FAULT_MAX]);
