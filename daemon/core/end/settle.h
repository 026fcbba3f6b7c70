/* Settling: the work after each input, when no call runs. Objects that became unreachable are
 * doomed, doomed objects end, and waiters that can continue are served. Each of these may cause the
 * others, so they repeat until nothing is left for which the allowance (work.h) suffices. The rest
 * is deferred: core_work_off(). */
#pragma once

#include <stdbool.h>

typedef struct Core Core;

void settle_init(Core *core);
/* For functions that pass an input to the core; no call may be running. */
void core_settle(Core *core);
/* Between two calls of a batch: ends the objects that the last one doomed. */
void core_end_doomed(Core *core);
/* Returns whether work was deferred (work.h): the end of a large session or object, cleared
 * contents, or objects that may be unreachable. */
bool core_has_leftovers(const Core *core);
