/* Sequences of calls of two or three sessions that belong together: calls drawn one by one would hardly find
 * a fault that needs several calls in order. Each sequence is a script; the player draws its sessions and
 * objects, leaves steps out, repeats them, lets anything happen between them, and sends neighbouring calls
 * of one session as a batch. */
#pragma once

#include "fuzz/fuzz-world.h"

void unit_play(World *world);
