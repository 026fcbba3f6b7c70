/* Signals on their way to a command: each is sent on once, unless the command has got it already. */
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
        int64_t due_ms[FORWARD_SIGNALS]; /* when it is sent on; 0: it has not come */
        /* when the lookout got it before this process did; 0: it did not */
        int64_t seen_ms[FORWARD_SIGNALS];
} Forward;

/* Takes what has come, and sends on what is due. */
void forward_run(Forward *forward, int64_t now_ms);
/* When something is due next, or INT64_MAX. */
int64_t forward_next(const Forward *forward);
