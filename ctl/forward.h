/* Forwards signals to a command, each once, unless the command has received it already. */
#pragma once

#include <stdint.h>

#include "lookout.h"
#include "runner.h"
#include "signals.h"

enum { FORWARD_SIGNALS = 65 };

typedef struct Forward {
        Signals *signals;
        Lookout *lookout;
        Runner *runner;
        int64_t due_ms[FORWARD_SIGNALS]; /* when signal n is forwarded; 0: none pending */
        /* when the lookout received signal n before this process did; 0: it did not */
        int64_t seen_ms[FORWARD_SIGNALS];
} Forward;

/* Reads pending signals, and forwards those that are due. */
void forward_run(Forward *forward, int64_t now_ms);
/* Returns the time at which the next signal is due, or INT64_MAX. */
int64_t forward_next(const Forward *forward);
