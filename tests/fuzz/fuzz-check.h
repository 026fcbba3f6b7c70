/* The invariants of the core between two calls. */
#pragma once

#include "fuzz/fuzz-world.h"

/* Asserts that sums, lists and bounds agree, that no work is left over, and that no waiting call
 * could be served. */
void check_world(World *world);
