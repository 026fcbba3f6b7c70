/* Snapshots and the fuzzers: the core of a world is saved, and continues as another core that loads the snapshot under
 * another hash key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "fuzz/fuzz-world.h"

void world_reload(World *world);

/* Loads a text into a core of its own; if that succeeds, lets the core work for a while, and ends it. Returns whether the
 * text was accepted; asserts that a refusal has a reason. */
bool snapshot_try(const char *text, size_t n);
/* Makes the snapshot of a world. */
void snapshot_of_world(uint64_t seed, int n_steps, Buffer *ret);
/* Damages a snapshot: changes one line of it, or one number. */
void snapshot_damage(Random *random, Buffer *text);
