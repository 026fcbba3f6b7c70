/* A process beside a command that only receives signals.
 *
 * A service manager that stops a unit signals each of its processes, including the command. If the
 * parent forwarded the signal as well, the command would receive it twice. So a signal that the
 * lookout receives, too, was sent to all of them, and is not forwarded.
 *
 * Without a terminal the lookout leads the process group of the command. The command then leads no
 * group, so setsid(1) as the command need not fork. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "signals.h"

typedef struct Lookout {
        pid_t pid;   /* 0: none */
        pid_t group; /* the group that it leads, or 0 */
        int fd;      /* reads a byte with the number of each received signal; -1: no lookout */
} Lookout;

/* Starts a lookout for the signals of *signals. It exits with this process. Returns 0 or a
 * negative errno. */
int lookout_begin(Lookout *lookout, const Signals *signals, bool leads_group);
/* Returns the next signal that the lookout received from another process than this one, or 0. Does
 * not block. */
int lookout_next(const Lookout *lookout);
/* Ends the lookout. Its group exists as long as it has other members. */
void lookout_end(Lookout *lookout);
