/* A guard: an object to hold while a command runs. It is a lock, a side of an rwlock, or permits of
 * a semaphore. holder.h explains how. */
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
        GUARD_PERSISTENT,
        GUARD_OPTIONS, /* number of options, including those of run-options.h */
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
                                        "no process watches for a loss"},                          \
                [GUARD_PERSISTENT] = {.name = "persistent",                                        \
                                      .help = "one that is created now stays when the last\n"      \
                                              "command has ended"}

typedef struct Guard {
        const char *name;
        const char *type, *acquire; /* such as "rwlock", "acquire_read" */
        const char *kind;           /* name in messages: "lock", "permit of semaphore" */
        int64_t n;                  /* number of permits; 0 for types without permits */
        bool is_lock;               /* a session cannot hold it twice; false for a semaphore */
        bool is_shared;
        bool nests;                 /* the command may run under a hold of an ancestor */
        struct json_object *create; /* options of the open; borrowed, may be NULL */
} Guard;

/* The options of an open by which a missing object is made: 0 or -ENOMEM. */
int guard_put_create(const Arguments *arguments, struct json_object *options);

/* Calls TYPE.open of the guard with the members of options (borrowed, may be NULL). Returns a status. */
int guard_open(Ctl *ctl, const Guard *guard, struct json_object *options);
/* Like guard_open(), without a message. Returns 0 or a negative errno for ctl_explain(). */
int guard_try_open(Ctl *ctl, const Guard *guard, struct json_object *options);

/* Acquires the object, runs the command, and releases the object, as the options say. The command
 * finds the name of the object in $SHMGR_<WHAT>, and the token of a lock in $SHMGR_<WHAT>_TOKEN.
 * Returns the exit status. */
int guard_run(Ctl *ctl, const Guard *guard, const Command *command, const Arguments *arguments,
              const char *what, char **argv);
