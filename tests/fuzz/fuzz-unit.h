/* Sequences of calls that belong together, of two or three sessions: what goes wrong only when one thing
 * follows another would hardly be met by calls that are drawn one by one. Each sequence is a script; playing it
 * draws its sessions and objects, leaves steps out, repeats them, lets anything happen between them, and sends
 * neighbouring calls of one session as a batch. */
#pragma once

#include "fuzz/fuzz-world.h"

void unit_play(World *world);
