/* The witness: a process of another user that calls server.ping again and again, and measures the time until each reply. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Connects to the daemon that runs. */
void stall_witness_start(uid_t uid);
void stall_witness_stop(void);
/* Begins a new measurement. */
void stall_witness_reset(void);
/* Returns the longest time since the reset. A ping without a reply counts with the time that has passed. */
int64_t stall_witness_longest_ns(void);
