/* A command that runs while this process waits for it. */
#pragma once

/* Runs it, sends signals on to it, and answers the exit status that a shell would: its own, 128 and
 * the signal that ended it, STATUS_NOT_RUN or STATUS_NOT_FOUND. What went wrong was said on stderr.
 *
 * Its standard input is this descriptor, or ours where that is -1. Where ret_signal is not NULL, a signal
 * that was to end this process meanwhile is told there, or 0. */
int child_run(char **argv, int input_fd, int *ret_signal);
