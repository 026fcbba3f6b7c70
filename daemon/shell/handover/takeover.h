/* The planned restart, in the new program: it finds the image that its predecessor in the process
 * wrote, and loads it. A process started by the service manager loads the image from the store
 * (fd-store.h) in the same way.
 *
 * If the image cannot be loaded, the new program executes that of the predecessor again with the
 * same image, and the predecessor continues. If that fails, too, it saves the snapshot in a file,
 * and the process exits with EX_SOFTWARE, which closes all sockets. */
#pragma once

#include <stdbool.h>

#include "handover/shell-state.h"
#include "options/command-line.h"

enum { TAKEOVER_REASON_MAX = 512 };

typedef struct Takeover {
        int image_fd;   /* -1: an ordinary start */
        int program_fd; /* the program of the predecessor, or -1 */
        int lock_fd;    /* the locked file of the state directory, or -1 (file-lock.h) */
        bool is_stored; /* the predecessor was another process (fd-store.h) */
        /* In the predecessor that is executed again: why the new program failed. Otherwise
         * empty. */
        char refused[TAKEOVER_REASON_MAX];
} Takeover;

/* Passes the image, the program and the lock to the next program, by the environment. Returns 0 or
 * a negative errno. */
int takeover_offer(const Takeover *takeover);
void takeover_withdraw(const Takeover *takeover);

/* Reads the offer, and removes it from the environment. If an offer is present, the signals that
 * the daemon handles are blocked until handover_unblock_signals(). */
void takeover_find(Takeover *ret);
static inline bool takeover_is_there(const Takeover *takeover) {
        return takeover->image_fd >= 0;
}
/* Loads the image. Returns 0, or a negative errno with the reason. */
int takeover_load(const Takeover *takeover, ShellState *state, char fault[CORE_FAULT_MAX]);
/* Closes the descriptors after the image was loaded, except the one of the lock. */
void takeover_end(Takeover *takeover);
/* Called if the image cannot be loaded. Executes the predecessor; if that fails, saves the
 * snapshot, and returns the exit status. */
int takeover_fail(Takeover *takeover, const CommandLine *line, const char *reason);
