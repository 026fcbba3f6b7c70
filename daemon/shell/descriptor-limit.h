/* The bounds of sessions and pipes that follow from RLIMIT_NOFILE.
 *
 *   SPARE_DESCRIPTORS   the daemon's own: listeners, the event loop, the log, the store, a restart
 *   limits->descriptors pipes: at most a quarter of the others
 *   room                connections: a socket for each, and a pidfd for each process that has some
 *
 * The connections of one process share a pidfd, so only the descriptors in use tell whether one
 * more connection fits (server-accept.c). */
#pragma once

#include "core-limits.h"

/* Raises the soft limit of this process to its hard limit. */
void descriptor_limit_raise(void);
/* Raises the limit, and lowers limits->descriptors and limits->sessions to fit it. Returns the room
 * for connections. */
uint64_t descriptor_limit_fit(Limits *limits);
