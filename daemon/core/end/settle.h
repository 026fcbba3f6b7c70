/* Settling: what follows each input, when no call runs any more. Objects that became unreachable are doomed, those that
 * are doomed end, and the waiters that can go on are served; each of these may give rise to the others, so they repeat
 * until nothing is left that the allowance (work.h) goes for. The rest is leftovers: core_work_off(). */
#pragma once

#include <stdbool.h>

typedef struct Core Core;

void settle_init(Core *core);
/* For those that give the core its inputs; no call may be running. */
void core_settle(Core *core);
/* Between two calls of a batch: ends the objects that the last one doomed. */
void core_end_doomed(Core *core);
/* Whether work was put off (work.h): the end of a session or an object that had much, what was cleared, objects
 * that may be unreachable. */
bool core_has_leftovers(const Core *core);
