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
                                       .kind = OPTION_STATUS,                                      \
                                       .value = "N",                                               \
                                       .help = "the exit status if it was not free, 0 to 255\n"    \
                                               "(75)"},                                            \
                [GUARD_TREE] = {.name = "tree",                                                    \
                                .help = "hold it until the last process that the command\n"        \
                                        "started has exited or closed its descriptor"},            \
                [GUARD_EXEC] = {.name = "exec",                                                    \
                                .help = "become the command, so that no second process stays:\n"   \
                                        "no process watches for a loss"}

typedef struct Guard {
        const char *name;
        const char *type, *acquire; /* "rwlock", "acquire_read" */
        const char *kind;           /* for people: "lock", "permit of semaphore" */
        int64_t n;                  /* permits; 0 for what has none */
        bool is_lock; /* no session can hold it twice; a semaphore has permits instead */
        bool is_shared;
        bool nests; /* a hold around this process counts: the command runs under it */
        struct json_object *create; /* the options that it was opened with; borrowed, may be NULL */
} Guard;

/* Calls TYPE.open of the guard with the members of options (borrowed, may be NULL). Returns a status. */
int guard_open(Ctl *ctl, const Guard *guard, struct json_object *options);
/* The same without a message: returns a negative errno for ctl_explain(). */
int guard_try_open(Ctl *ctl, const Guard *guard, struct json_object *options);

/* Acquires the object, runs the command, and releases the object, by the options of its verb. Returns the status. The
 * command finds the object's name in $SHMGR_<WHAT>, and the token of a lock in $SHMGR_<WHAT>_TOKEN. */
int guard_run(Ctl *ctl, const Guard *guard, const Command *command, const Arguments *arguments,
              const char *what, char **argv);
