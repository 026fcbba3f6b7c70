/* The message to a user whose shmgrctl cannot reach the daemon. */
#pragma once

#include <stdbool.h>

#include <shmgr/shmgr.h>

/* Whether a call failed because there is no daemon to be reached, or not for this user. */
bool unreachable_is(shmgr_manager *manager, int error);
/* Prints what failed (a negative errno) in one line and what to do in a second; if verbose, also where the socket was
 * looked for. socket is the path from --socket, or NULL. STATUS_NO_DAEMON. */
int unreachable_explain(const char *socket, int error, bool is_verbose);
