/* The daemon that bench/stalls attacks: with default limits, on a socket that every user may connect to. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Starts $SHMGRD, or ./shmgrd. Ends the program if it does not start. */
void stall_daemon_start(void);
/* Kills the daemon, which may be busy for a long time. */
void stall_daemon_kill(void);
/* Returns the daemon's processor time so far. */
int64_t stall_daemon_cpu_ns(void);
/* Makes a connection with the credentials of this user, or those of the caller if that is not root. Returns -1 if the
 * daemon refuses it. */
int stall_daemon_connect(uid_t uid);

int64_t stall_now_ns(void);
_Noreturn void stall_fail(const char *what);
