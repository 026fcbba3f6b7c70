/* The planned restart: the daemon executes its program, which may be a newer one, in its own
 * process. The process keeps its descriptors, and the new program reads the state from an image
 * (image.h), so clients notice only a pause.
 *
 *   IDLE --- handover_begin() ---> TRIAL --- the program can read the state ---> DUE
 *    ^                               |                                           |  |
 *    '--- it cannot, or time is up --'----- the program cannot be executed ------'  |
 *                                                               handover_execute()  v
 *                                                               the new program (takeover.h)
 *
 * Must never happen: a daemon starts empty without logging it; a descriptor is neither taken over
 * nor closed; a signal that arrives between the two programs is lost, or ends the process. */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "handover/program.h"
#include "handover/shell-state.h"
#include "handover/trial.h"
#include "options/command-line.h"
#include "supervisor.h"

typedef struct Handover {
        const CommandLine *line;
        Program program;
        Trial trial;
        bool is_trying, is_due;
} Handover;

void handover_init(Handover *handover, const CommandLine *line);
void handover_deinit(Handover *handover);
/* Returns whether the program or one of its libraries was replaced on the disk. */
bool handover_has_new_program(const Handover *handover);
/* Begins the trial, unless one runs. Returns 0, or a negative errno with the reason in
 * handover->trial.text. */
int handover_begin(Handover *handover, const ShellState *state, uint64_t time_ms);
/* Called once in each turn. Returns 1 if the caller must call handover_execute() or
 * handover_cancel(); 0 if nothing is due; or once, after a failed trial, a negative errno with the
 * reason in handover->trial.text. */
int handover_check(Handover *handover);
/* Executes the program, and passes it the lock of the state directory (-1 for none). Returns only
 * after a failure: a negative errno, with the reason in handover->trial.text. The state of the
 * daemon is then unchanged. */
int handover_execute(Handover *handover, const ShellState *state, const Supervisor *supervisor,
                     int lock_fd);
/* Replaces handover_execute(): the next restart begins with another trial. */
void handover_cancel(Handover *handover);

/* Between these two calls the signals that the daemon handles stay pending, even while another
 * program is executed. */
void handover_block_signals(void);
void handover_unblock_signals(void);
