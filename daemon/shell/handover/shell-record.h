/* The state of the shell as records, in front of the snapshot of the core (doc/snapshot.md), and made again from them.
 *
 * Descriptors are in the records as their numbers in the process, which executes another program and keeps them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "handover/shell-state.h"

typedef struct Buffer Buffer;

/* Writes the records, and the snapshot that stands behind them: 0 or -ENOMEM. */
int shell_save(const ShellState *state, Buffer *to, Buffer *to_core);
/* Reads both into fresh structures: 0; or -EBADMSG, -EPROTONOSUPPORT, -ENOMEM, or what the kernel says, with the reason. Then
 * what was made is of no use, and owns no descriptor. */
int shell_load(ShellState *state, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Reads them without looking at any descriptor, to see whether they can be read; only the core is used. */
int shell_check(ShellState *state, const char *text, size_t n, char fault[CORE_FAULT_MAX]);
/* Whether a program that is executed inherits all these descriptors: 0 or negative errno. */
int shell_set_inherited(const ShellState *state, bool is_inherited);
