/* The trial of a program before the daemon executes it: a child process executes it with
 * --check-snapshot, and it must read the state of the daemon within time_ms.
 *
 * The forked child has a copy of the daemon's state. It writes that into an image, and executes the
 * program. Meanwhile the daemon serves its clients, however large the state is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/event.h>

#include "handover/program.h"
#include "handover/shell-state.h"

/* The output of a program that can load the snapshot. */
#define TRIAL_PASSED "the snapshot can be loaded\n"

enum { TRIAL_TEXT_MAX = 512 };

typedef struct Trial {
        pid_t pid; /* 0: none runs */
        int fd;    /* reads the child's output */
        struct event *on_output, *on_timeout;
        /* The child's output. Its last line is the reason of a failure. */
        char text[TRIAL_TEXT_MAX];
        size_t n_text;
        bool has_passed, is_over;
        int error;        /* a positive errno if the trial failed */
        uint64_t time_ms; /* time limit of the trial */
} Trial;

/* Begins a trial. Returns 0, or a negative errno with the reason in `text`. */
int trial_begin(Trial *trial, const ShellState *state, const Program *program, char *const *argv,
                uint64_t time_ms);
/* Ends the trial, if one runs, by killing the child. */
void trial_end(Trial *trial);
