/* The message to a user whose shmgrctl cannot reach the daemon. */
#pragma once

#include <stdbool.h>

#include <shmgr/shmgr.h>

/* Returns whether a call failed because no daemon is reachable for this user. */
bool unreachable_is(shmgr_manager *manager, int error);
/* Prints the failure (a negative errno) in one line and advice in a second; if verbose, also where
 * the socket was looked for. socket is the path of --socket, or NULL. Returns STATUS_NO_DAEMON. */
int unreachable_explain(const char *socket, int error, bool is_verbose);
