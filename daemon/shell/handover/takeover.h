/* The planned restart, in the program that was executed: it finds the image that its predecessor in the process wrote, and loads it. A
 * process that the service manager started loads the image from the store (fd-store.h) in the same way.
 *
 * If it cannot load the image, it executes the predecessor's program again with the same image, which goes on from there. If
 * that is not possible either, it keeps the snapshot in a file, and the process exits with EX_SOFTWARE, which closes all sockets. */
#pragma once

#include <stdbool.h>

#include "handover/shell-state.h"
#include "options/command-line.h"

enum { TAKEOVER_REASON_MAX = 512 };

typedef struct Takeover {
        int image_fd;   /* -1: this is an ordinary start */
        int program_fd; /* the predecessor's program, or -1 */
        bool is_stored; /* the predecessor was another process (fd-store.h) */
        /* in the predecessor that is executed again: why the new program failed; otherwise empty */
        char refused[TAKEOVER_REASON_MAX];
} Takeover;

/* Passes the image and the program to the program that is executed next, by the environment: 0 or negative errno. */
int takeover_offer(const Takeover *takeover);
void takeover_withdraw(const Takeover *takeover);

/* Reads the offer, and removes it from the environment. If there is one, the signals that the daemon handles are blocked
 * (handover_unblock_signals()). */
void takeover_find(Takeover *ret);
static inline bool takeover_is_there(const Takeover *takeover) {
        return takeover->image_fd >= 0;
}
/* Loads the image: 0 or negative errno, with the reason. */
int takeover_load(const Takeover *takeover, ShellState *state, char fault[CORE_FAULT_MAX]);
/* Closes the descriptors, after the image was loaded. */
void takeover_end(Takeover *takeover);
/* The image cannot be loaded, for this reason. Executes the predecessor; if that fails, keeps the snapshot, and returns the status to
 * exit with. */
int takeover_fail(Takeover *takeover, const CommandLine *line, const char *reason);
