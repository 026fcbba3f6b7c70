/* The path of the daemon's socket. */
#pragma once

#include <stddef.h>

enum { ADDRESS_MAX = 108 }; /* bytes of a socket's path, with its end */

/* The path to connect to: the given one, else $SHMGR_SOCKET, else $XDG_RUNTIME_DIR/shmgrd.sock if it is
 * there, else that of the system. 0; -ENAMETOOLONG. */
int address_find(const char *given, char ret[ADDRESS_MAX]);
