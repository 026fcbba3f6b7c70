/* The path of the daemon's socket. */
#pragma once

#include <stddef.h>

enum { ADDRESS_MAX = 108 }; /* bytes of a socket's path, with its NUL */

/* Finds the path to connect to: the given one, else $SHMGR_SOCKET, else address_of_user() if that exists, else the
 * system's. Returns 0 or -ENAMETOOLONG. */
int address_find(const char *given, char ret[ADDRESS_MAX]);
/* Makes the path in the user's own directory: $XDG_RUNTIME_DIR, or /run/user/UID if that is not set (cron, sudo).
 * Returns 0 or -ENAMETOOLONG. */
int address_of_user(char ret[ADDRESS_MAX]);
/* For messages: returns the source of the directory in address_of_user(). */
const char *address_user_source(void);
