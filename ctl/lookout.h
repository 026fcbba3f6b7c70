/* A process beside a command that does nothing but get signals.
 *
 * A service manager that stops a unit signals each of its processes, the command too; sent on by its parent, the
 * signal would reach the command twice. A signal that the lookout received as well was sent to the group, and is not
 * forwarded. Without a terminal it leads the process group of the command: so the command leads none itself,
 * and may begin a session (setsid(1)) without being another process afterwards. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "signals.h"

typedef struct Lookout {
        pid_t pid;   /* 0: none */
        pid_t group; /* which it leads, or 0 */
        int fd;      /* a byte for each signal: its number; -1 when there is none */
} Lookout;

/* It takes the signals that are taken here, and ends with this process: 0 or negative errno. */
int lookout_begin(Lookout *lookout, const Signals *signals, bool leads_group);
/* The next signal that it has got from others than this process, without waiting; 0 for none. */
int lookout_next(const Lookout *lookout);
/* Ends it. Its group goes on while it has other members. */
void lookout_end(Lookout *lookout);
