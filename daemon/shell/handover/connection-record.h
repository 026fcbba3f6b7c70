/* Records of connections. */
#pragma once

#include <stdbool.h>

#include "handover/shell-state.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"

/* Kinds of marks, besides those of reader.h. */
enum { MARK_CONNECTION = 'C', MARK_PROCESS = 'P', MARK_USED = 'U' };

/* Copies the values that are lent to outputs, as a record has no place for them. Returns 0 or
 * -ENOMEM. */
int connections_gather(Turn *turn);
/* Writes the records `connection`, in the order in which connections were accepted. Each refers to
 * its process by the number of the pidfd. */
void connections_save(const Turn *turn, SnapshotWriter *w);
/* Loads the records. The reader has marks of sessions, descriptors and processes. A check makes no
 * connections. */
void connections_load(ShellState *state, SnapshotReader *r, bool is_check);
/* Writes the record `turn`: the connections that have lines to run or output to send, in order,
 * each by the number of its socket. */
void turn_save(const Turn *turn, SnapshotWriter *w);
void turn_load(ShellState *state, SnapshotReader *r, bool is_check);
