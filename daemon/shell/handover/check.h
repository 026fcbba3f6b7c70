/* --check-snapshot: checks whether this program can load a snapshot. */
#pragma once

#include "options/options.h"

/* Reads the snapshot of a daemon, or of its core alone, from the descriptor, and prints the result.
 * Returns EX_OK, or EX_DATAERR or EX_OSERR with the reason printed. */
int check_snapshot(const Options *options, int fd);
