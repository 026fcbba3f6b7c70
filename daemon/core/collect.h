/* Collecting: the pass over the suspects. reachability.h has the model. */
#pragma once

typedef struct Core Core;

/* Dooms ephemeral objects that are unreachable, as far as the allowance goes. */
void objects_collect(Core *core);
