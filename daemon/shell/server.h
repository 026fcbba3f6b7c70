/* The server: the shell around the core. It owns the event loop, the listeners and the connections,
 * tells the core the time, and ends in order. */
#pragma once

#include "handover/takeover.h"
#include "listen-fds.h"
#include "options/options.h"

/* Runs the daemon until it ends. It listens on the passed sockets, or opens its own. Returns an
 * exit status of sysexits.h, 0 after SIGTERM. */
int server_run(Options *options, const CommandLine *line, const PassedFds *passed);
/* Runs a daemon that continues with the state of the previous one. */
int server_take_over(Options *options, const CommandLine *line, Takeover *takeover,
                     const PassedFds *passed);
