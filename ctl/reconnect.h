/* A daemon that went away, and comes back: an upgrade restarts it, and a service manager restarts it after a crash. */
#pragma once

#include "ctl.h"

/* How long to try, as duration_parse() reads it; 0 for not at all. */
#define RECONNECT_VARIABLE "SHMGRCTL_RECONNECT"
enum { RECONNECT_SECONDS = 30 };

/* Waits so long; false when what runs shall end instead. */
typedef bool ReconnectPause(void *userdata, int ms);

/* Says on stderr that the daemon went away, and waits until one answers: STATUS_OK; STATUS_NO_DAEMON, which was said, too,
 * after RECONNECT_SECONDS, or what the variable says; STATUS_ERROR when the pause was false. Without a pause function a signal ends the process. */
int reconnect(Ctl *ctl, const char *what, ReconnectPause *pause, void *userdata);
