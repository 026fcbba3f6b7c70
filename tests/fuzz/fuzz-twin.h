/* Twins: the same world in two processes, with different hash keys and different addresses, must say the same,
 * byte for byte. Each process runs the fuzzer's program anew and writes all output of its world into a file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Runs the world, and writes what its sessions are answered to standard output, a line a line, each behind the
 * number of its step and session. The hash key is made from `key`. */
void twin_write(uint64_t seed, uint64_t key, int n_steps);
/* Runs the world twice with this program, by twin_write(). False when the two differ; then standard error says
 * where. */
bool twin_compare(const char *program, uint64_t seed);
