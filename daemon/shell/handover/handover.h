/* The planned restart: the daemon executes its program, which may be a newer one, in its place. The process keeps its descriptors,
 * and the new program gets the state in an image (image.h), so clients notice only a pause.
 *
 *   IDLE --- handover_begin() ---> TRIAL --- the program can read the state ---> DUE --- handover_execute() ---> the new program
 *    ^                               |                                            |                               (takeover.h)
 *    '--- it cannot, or too late ----'------ the program cannot be executed ------'
 *
 * Must never happen: a daemon that starts empty without logging it; a descriptor that is neither taken over nor closed; a signal
 * that arrives between the two programs and is lost, or ends the process. */
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
/* Whether the program or one of its libraries was replaced on the disk. */
bool handover_has_new_program(const Handover *handover);
/* Begins the trial, unless one runs: 0; or negative errno, with the reason in handover->trial.text. */
int handover_begin(Handover *handover, const ShellState *state, uint64_t time_ms);
/* Called once a turn. 1: call handover_execute() or handover_cancel(); 0: nothing to do; or negative errno, once, when the trial failed,
 * with the reason in handover->trial.text. */
int handover_check(Handover *handover);
/* Executes the program, and returns only if that fails: a negative errno, with the reason in handover->trial.text. The daemon's state is
 * unchanged then. */
int handover_execute(Handover *handover, const ShellState *state, const Supervisor *supervisor);
/* In place of handover_execute(): the next restart begins with a trial again. */
void handover_cancel(Handover *handover);

/* Between these two calls the signals that a daemon handles stay pending, also across the execution of a program. */
void handover_block_signals(void);
void handover_unblock_signals(void);
