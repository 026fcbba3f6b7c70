/* The planned restart: the daemon executes its program, which may be a newer one, in its place. The process stays, with its
 * descriptors; all that the daemon knows goes on in an image (image.h), so no client notices more than a pause.
 *
 *   IDLE --- handover_begin() ---> TRIAL --- the program can read the state ---> DUE --- handover_execute() ---> the new program
 *    ^                               |                                            |                               (takeover.h)
 *    '--- it cannot, or too late ----'------ the program cannot be executed ------'
 *
 * Must never happen: a daemon that starts empty without having said so; a descriptor that neither goes on nor is closed; a signal
 * that comes in between and is lost, or ends the process. */
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
/* Whether another program stands in the place of this one. */
bool handover_has_new_program(const Handover *handover);
/* Begins, unless it has begun: 0; or negative errno, with the reason in handover->trial.text. */
int handover_begin(Handover *handover, const ShellState *state, uint64_t time_ms);
/* To be asked once a turn: 1 when handover_execute() or handover_cancel() is to be called, 0 when nothing is to be done; or negative errno, once, when the
 * trial failed, with the reason in handover->trial.text. */
int handover_check(Handover *handover);
/* Executes the program, and returns only if that fails: a negative errno, with the reason in handover->trial.text. Everything
 * is as it was then. */
int handover_execute(Handover *handover, const ShellState *state, const Supervisor *supervisor);
/* In place of handover_execute(): the next restart begins with a trial again. */
void handover_cancel(Handover *handover);

/* The signals that a daemon handles: they wait between these two, also across the execution of a program. */
void handover_block_signals(void);
void handover_unblock_signals(void);
