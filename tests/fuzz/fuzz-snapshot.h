/* Snapshots and the fuzzers: a world whose core is written down, and goes on in another core that has read it, under another hash key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "fuzz/fuzz-world.h"

void world_reload(World *world);

/* Loads a text into a core of its own, lets it go on for a while where it can be read, and ends it: whether it was read. A
 * refusal has a reason. */
bool snapshot_try(const char *text, size_t n);
/* The snapshot of a world. */
void snapshot_of_world(uint64_t seed, int n_steps, Buffer *ret);
/* Damages a snapshot as one line of it, or one number, may be damaged. */
void snapshot_damage(Random *random, Buffer *text);
