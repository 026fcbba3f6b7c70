/* Reconnects to a daemon that restarts: after an upgrade, or after a crash. */
#pragma once

#include "ctl.h"

/* The variable says how long to try, in the form of duration_parse(); 0: do not reconnect. */
#define RECONNECT_VARIABLE "SHMGRCTL_RECONNECT"
enum { RECONNECT_SECONDS = 30 };

/* Waits for ms. Returns false to give up. */
typedef bool ReconnectPause(void *userdata, int ms);

/* Prints that the daemon ended, and waits until a daemon replies. Without a pause function only a
 * signal interrupts the wait. Returns
 *
 *   STATUS_OK          connected
 *   STATUS_NO_DAEMON   no daemon replied within RECONNECT_SECONDS, or the time of the variable;
 *                      the error was printed
 *   STATUS_ERROR       the pause function gave up */
int reconnect(Ctl *ctl, const char *what, ReconnectPause *pause, void *userdata);
