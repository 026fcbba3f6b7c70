/* The deletion of objects that were not used for their idle_ttl_ms. The model stands in idle.h. */
#pragma once

typedef struct Core Core;

/* Looks at the timers that are due, as far as the allowance goes (work.h). */
void objects_expire(Core *core);
