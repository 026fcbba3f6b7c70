/* The advice to a user whose shmgrctl cannot reach the daemon: where the socket was looked for, and what to do next. */
#pragma once

#include <stdbool.h>

#include <shmgr/shmgr.h>

/* Whether a call failed because there is no daemon to be reached, or not for this user. */
bool unreachable_is(shmgr_manager *manager, int error);
/* Prints the advice to stderr. socket is the path from --socket, or NULL. */
void unreachable_explain(const char *socket, int error);
