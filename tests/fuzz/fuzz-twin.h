/* Twins: one world in two processes, with different hash keys and addresses, must have equal output, byte
 * for byte. Each process runs the fuzzer's program anew and writes all output of its world to a file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Runs the world, and writes the output of its sessions to standard output, one line each, behind the number
 * of the step and the session. The hash key is made from `key`. */
void twin_write(uint64_t seed, uint64_t key, int n_steps);
/* Runs the world twice with this program, by twin_write(). Returns false if the outputs differ, and prints
 * the place to standard error. */
bool twin_compare(const char *program, uint64_t seed);
