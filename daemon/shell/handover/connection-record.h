/* Records of connections. */
#pragma once

#include <stdbool.h>

#include "handover/shell-state.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"

/* Kinds of marks, besides those of reader.h. */
enum { MARK_CONNECTION = 'C', MARK_PROCESS = 'P', MARK_USED = 'U' };

/* connection: the connections in the order in which they were accepted; each refers to its process by the number of the pidfd. */
void connections_save(const Turn *turn, SnapshotWriter *w);
/* The reader has marks of sessions, descriptors and processes. In a check no connection is made. */
void connections_load(ShellState *state, SnapshotReader *r, bool is_check);
/* turn: the connections that have lines to run or output to send, in their order, each by the number of its socket. */
void turn_save(const Turn *turn, SnapshotWriter *w);
void turn_load(ShellState *state, SnapshotReader *r, bool is_check);
