/* Deletes objects that were not used for their idle_ttl_ms. idle.h has the model. */
#pragma once

typedef struct Core Core;

/* Examines the timers that are due, as far as the allowance goes (work.h). */
void objects_expire(Core *core);
