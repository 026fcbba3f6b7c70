/* The trial of a program before the daemon is restarted with it: a child process executes it with --check-snapshot, and it
 * has to read the state of the daemon within a time.
 *
 * The child is a fork: it has the state of one moment, writes it down, and executes the program. The daemon goes on meanwhile,
 * so nobody waits for the trial, however large the state is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/event.h>

#include "handover/program.h"
#include "handover/shell-state.h"

/* The output of a program that has read everything. */
#define TRIAL_PASSED "the snapshot can be loaded\n"

enum { TRIAL_TEXT_MAX = 512 };

typedef struct Trial {
        pid_t pid; /* 0 while there is none */
        int fd;    /* its output */
        struct event *on_output, *on_timeout;
        char text[TRIAL_TEXT_MAX]; /* of its output, the end of which is the reason of a failure */
        size_t n_text;
        bool has_passed, is_over;
        int error;        /* positive errno, if it failed */
        uint64_t time_ms; /* that it may take */
} Trial;

/* Begins: 0 or negative errno, with the reason in `text`. */
int trial_begin(Trial *trial, const ShellState *state, const Program *program, char *const *argv,
                uint64_t time_ms);
/* Ends it, if it runs. */
void trial_end(Trial *trial);
