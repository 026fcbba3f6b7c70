/* The witness: another user's process, which does nothing but call server.ping and look at how long each answer
 * takes. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

/* Connects to the daemon that runs. */
void stall_witness_start(uid_t uid);
void stall_witness_stop(void);
/* Forgets what was so far. */
void stall_witness_reset(void);
/* The longest since then, also of a ping that is not answered yet. */
int64_t stall_witness_longest_ns(void);
