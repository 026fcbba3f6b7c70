/* The planned restart, from the start of the program on: it finds what its predecessor in the process left to it.
 *
 * If it cannot load that, the predecessor's program is executed again, with the same image: it goes on as if nothing had been. If
 * that is not possible either, the snapshot is kept in a file, the process ends with EX_SOFTWARE, and its sockets with it. */
#pragma once

#include <stdbool.h>

#include "handover/shell-state.h"
#include "options/command-line.h"

enum { TAKEOVER_REASON_MAX = 512 };

typedef struct Takeover {
        int image_fd;   /* -1: there is nothing to take over */
        int program_fd; /* the predecessor's program, or -1 */
        char refused
                [TAKEOVER_REASON_MAX]; /* why the program that was to follow could not; empty if this is that program */
} Takeover;

/* Lets a program that is executed now find it: 0 or negative errno. */
int takeover_offer(const Takeover *takeover);
void takeover_withdraw(const Takeover *takeover);

/* Takes it out of the environment. Signals that the daemon handles are blocked then (handover_unblock_signals()). */
void takeover_find(Takeover *ret);
static inline bool takeover_is_there(const Takeover *takeover) {
        return takeover->image_fd >= 0;
}
/* Loads it: 0 or negative errno, with the reason. */
int takeover_load(const Takeover *takeover, ShellState *state, char fault[CORE_FAULT_MAX]);
/* Closes it, after it was loaded. */
void takeover_end(Takeover *takeover);
/* It cannot be loaded, for this reason: returns the status to exit with, if at all. */
int takeover_fail(Takeover *takeover, const CommandLine *line, const char *reason);
