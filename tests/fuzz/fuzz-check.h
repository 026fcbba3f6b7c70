/* The invariants of the core between two calls. */
#pragma once

#include "fuzz/fuzz-world.h"

/* Sums, lists and bounds agree; nothing is left to be done; no call waits that could go on. */
void check_world(World *world);
