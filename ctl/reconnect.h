/* Reconnecting to a daemon that restarts: an upgrade restarts it, and a service manager does after a crash. */
#pragma once

#include "ctl.h"

/* How long to try, as duration_parse() reads it; 0 for not at all. */
#define RECONNECT_VARIABLE "SHMGRCTL_RECONNECT"
enum { RECONNECT_SECONDS = 30 };

/* Waits so long; false when what runs shall end instead. */
typedef bool ReconnectPause(void *userdata, int ms);

/* Prints that the daemon ended, and waits until one answers: STATUS_OK; STATUS_NO_DAEMON, after printing that, too,
 * after RECONNECT_SECONDS, or what the variable says; STATUS_ERROR when the pause was false. Without a pause function a signal ends the process. */
int reconnect(Ctl *ctl, const char *what, ReconnectPause *pause, void *userdata);
