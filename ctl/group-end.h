/* The end of what a command has left in its process group. */
#pragma once

#include <stdint.h>

#include "runner.h"
#include "signals.h"

/* Before the command is forked: what its process leaves behind becomes a child of this one. */
void group_end_prepare(void);
/* Ends what is left of the command's group, with SIGTERM, and with SIGKILL after the grace; waits until nothing is left. Says
 * so where that cannot be done. */
void group_end(const Runner *runner, Signals *signals, int64_t grace_ms);
