/* The daemon that bench/stalls attacks: with default limits, on a socket that every user may connect to. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* $SHMGRD, or ./shmgrd. Ends the program where it does not start. */
void stall_daemon_start(void);
/* It may be busy for a long time: it is killed. */
void stall_daemon_kill(void);
const char *stall_daemon_socket(void);
/* Processor time so far. */
int64_t stall_daemon_cpu_ns(void);
/* A connection whose peer credentials are those of this user; of the caller's, where that is not root. -1 when the
 * daemon refuses it. */
int stall_daemon_connect(uid_t uid);

int64_t stall_now_ns(void);
_Noreturn void stall_fail(const char *what);
