/* Saves a core and replaces it, at the same address, by one that loads the snapshot under another hash key. */
#pragma once

#include <stddef.h>

#include "core-state.h"

/* Replaces each pointer to a session of the old core by the session with this id in the new core; NULL stays. */
void core_reload(Core *core, Session **sessions, size_t n);
