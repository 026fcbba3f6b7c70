/* Ends the processes that a command left in its process group. */
#pragma once

#include <stdint.h>

#include "runner.h"
#include "signals.h"

/* Call it before the fork of the command: processes that the command leaves behind then become
 * children of this process. */
void group_end_prepare(void);
/* Ends the members of the command's group, with SIGTERM, and with SIGKILL after the grace. Waits
 * until none is left, or prints that one survived. */
void group_end(const Runner *runner, Signals *signals, int64_t grace_ms);
