/* A daemon that crashes: what its parts share. */
#pragma once

#include <stdint.h>

#include "crash-point.h"

/* A number below n, by the seed of the crash. */
uint64_t crash_random(uint64_t n);
/* Whether the crash is a loss of power, which loses what was not synced. */
int crash_loses_power(void);
/* Writes the files as a loss of power might leave them. The process ends then. */
void disk_lose_power(void);
/* Forgets the files: they are those of the parent process. */
void disk_forget(void);
