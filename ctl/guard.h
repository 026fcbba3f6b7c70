/* Something that is held while a command runs: a lock, a side of an rwlock, permits of a semaphore.
 *
 * It belongs to this process's session, whose descriptor the command does not inherit; so it is held exactly
 * as long as this process lives, which is until the command has ended. */
#pragma once

#include <stdint.h>

#include "arguments.h"
#include "ctl.h"

typedef struct Guard {
        const char *name;
        const char *type, *acquire; /* "rwlock", "acquire_read" */
        int64_t n;                  /* permits; 0 for what has none */
} Guard;

/* TYPE.open of the guard, with create or what else options has (borrowed, may be NULL). A status. */
int guard_open(Ctl *ctl, const Guard *guard, struct json_object *options);
/* The same without explaining; a negative errno that ctl_explain() tells. */
int guard_try_open(Ctl *ctl, const Guard *guard, struct json_object *options);

/* Waits for it, at most as long as that option says, runs the command, and gives it back: the status. What
 * the command may want to know is in $SHMGR_<WHAT>, the name, and $SHMGR_<WHAT>_TOKEN. */
int guard_run(Ctl *ctl, const Guard *guard, const Arguments *arguments, int timeout_option,
              const char *what, char **command);
