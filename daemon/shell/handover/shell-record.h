/* Writes the state of the shell as records, before the snapshot of the core (doc/snapshot.md), and makes it again from them.
 *
 * Records contain descriptors as their numbers in the process, which stay valid when it executes another program. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "handover/shell-state.h"

/* Writes the records, and the snapshot of the core behind them, into a new image: its descriptor, or negative errno. */
int shell_save(const ShellState *state);
/* Reads both into fresh structures: 0; or -EBADMSG, -EPROTONOSUPPORT, -ENOMEM, or an errno of the kernel, with the reason. After a
 * failure the structures are unusable, and own no descriptor. */
int shell_load(ShellState *state, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Reads both to find out whether they can be loaded, without using a descriptor; only the core is filled. */
int shell_check(ShellState *state, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Calls a function for each descriptor of the state, until one returns something other than 0, which is returned. */
typedef int ShellVisitor(void *userdata, int fd);
int shell_visit_descriptors(const ShellState *state, ShellVisitor *visit, void *userdata);
/* Sets whether a program that is executed inherits the descriptors of the state: 0 or negative errno. */
int shell_set_inherited(const ShellState *state, bool is_inherited);
