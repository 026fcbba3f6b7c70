/* The server: the shell around the core. It owns the event loop, the listener and
 * the connections, tells the core what time it is, and ends cleanly. */
#pragma once

#include "handover/takeover.h"
#include "listen-fds.h"
#include "options/options.h"

/* Runs the daemon until it is told to end: an exit status of sysexits.h, 0 after SIGTERM. It listens on the
 * sockets that were passed, if any, or opens its own. */
int server_run(Options *options, const CommandLine *line, const PassedFds *passed);
/* The same for a program that goes on with the state of the daemon before it. */
int server_take_over(Options *options, const CommandLine *line, Takeover *takeover,
                     const PassedFds *passed);
