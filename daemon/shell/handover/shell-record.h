/* Writes the state of the shell as records, in front of the snapshot of the core (doc/snapshot.md),
 * and loads it from them.
 *
 * Records name descriptors by their numbers in the process, which stay valid when it executes
 * another program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "handover/shell-state.h"

/* Writes the records, and the snapshot of the core behind them, into a new image. Returns its
 * descriptor, or a negative errno. */
int shell_save(const ShellState *state);
/* Loads both into fresh structures. Returns 0; or -EBADMSG, -EPROTONOSUPPORT, -ENOMEM or an errno
 * of the kernel, with the reason. After a failure the structures are unusable, and own no
 * descriptor. */
int shell_load(ShellState *state, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Checks whether both can be loaded, without using a descriptor. Only the core is filled. */
int shell_check(ShellState *state, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Calls a function for each descriptor of the state until one returns a value other than 0, which
 * is returned. */
typedef int ShellVisitor(void *userdata, int fd);
int shell_visit_descriptors(const ShellState *state, ShellVisitor *visit, void *userdata);
/* Sets whether an executed program inherits the descriptors of the state. Returns 0 or a negative
 * errno. */
int shell_set_inherited(const ShellState *state, bool is_inherited);
