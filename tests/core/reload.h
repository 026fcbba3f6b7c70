/* A core that is saved, and goes on as another core at the same address, which has loaded it under another hash key. */
#pragma once

#include <stddef.h>

#include "core-state.h"

/* The sessions are found again; NULL stays. */
void core_reload(Core *core, Session **sessions, size_t n);
