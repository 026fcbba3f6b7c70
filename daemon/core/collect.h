/* Collecting: the pass over the suspects. The model stands in reachability.h. */
#pragma once

typedef struct Core Core;

/* Dooms the ephemeral objects that cannot be reached any more, as far as the allowance goes. */
void objects_collect(Core *core);
