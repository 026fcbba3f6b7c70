/* Something that is held while a command runs: a lock, a side of an rwlock, permits of a semaphore. holder.h has how. */
#pragma once

#include <stdint.h>

#include "arguments.h"
#include "ctl.h"
#include "run-options.h"

enum {
        GUARD_TRY = RUN_OPTIONS,
        GUARD_BUSY_STATUS,
        GUARD_TREE,
        GUARD_EXEC,
        GUARD_OPTIONS, /* how many there are, with those of run-options.h */
};

#define GUARD_OPTION_ROWS(timeout_help, try_letter)                                                \
        RUN_OPTION_ROWS(timeout_help),                                                             \
                [GUARD_TRY] = {.name = "try", .letter = try_letter, .help = "do not wait"},        \
                [GUARD_BUSY_STATUS] = {.name = "busy-status",                                      \
                                       .kind = OPTION_COUNT,                                       \
                                       .value = "N",                                               \
                                       .help = "the exit status when it was not free (75)"},       \
                [GUARD_TREE] = {.name = "tree",                                                    \
                                .help = "hold it until the last process that the command\n"        \
                                        "started has ended, or closed what it inherited"},         \
                [GUARD_EXEC] = {.name = "exec",                                                    \
                                .help = "become the command, without a process beside it:\n"       \
                                        "nothing watches for a loss then"}

typedef struct Guard {
        const char *name;
        const char *type, *acquire; /* "rwlock", "acquire_read" */
        const char *kind;           /* for people: "lock", "permit of semaphore" */
        int64_t n;                  /* permits; 0 for what has none */
        bool is_lock; /* one session has it, or some share it: it cannot be had twice */
        bool is_shared;
        bool nests; /* where it is held around this process already, the command runs under that */
        struct json_object *create; /* the options that it was opened with; borrowed, may be NULL */
} Guard;

/* TYPE.open of the guard, with create or what else options has (borrowed, may be NULL). A status. */
int guard_open(Ctl *ctl, const Guard *guard, struct json_object *options);
/* The same without explaining; a negative errno that ctl_explain() tells. */
int guard_try_open(Ctl *ctl, const Guard *guard, struct json_object *options);

/* Waits for it, runs the command, and gives it back, all as the options of its verb say: the status. The command may
 * want to know is in $SHMGR_<WHAT>, the name, and $SHMGR_<WHAT>_TOKEN. */
int guard_run(Ctl *ctl, const Guard *guard, const Command *command, const Arguments *arguments,
              const char *what, char **argv);
