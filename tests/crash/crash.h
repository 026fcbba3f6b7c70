/* The parts that turn a daemon into one that crashes. */
#pragma once

#include <stdint.h>

#include "crash-point.h"

/* Returns a number below n, drawn by the seed of the crash. */
uint64_t crash_random(uint64_t n);
/* Returns whether the crash is a loss of power, which loses writes that were not synced. */
int crash_loses_power(void);
/* Writes the files as a loss of power might leave them. The process must end then. */
void disk_lose_power(void);
/* Forgets the files, in a child: they belong to the parent process. */
void disk_forget(void);
