/* Receives the signals meant for a command that this process runs: one by one, and never in the
 * middle of a step. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

typedef struct Signals {
        sigset_t taken, before;
        int fd;     /* readable when a signal is pending; -1 before signals_begin() */
        int to_end; /* the last signal that must end this process, or 0 */
} Signals;

/* Blocks SIGCHLD, HUP, INT, QUIT, TERM, USR1 and USR2. Ignored ones stay ignored, here and in the
 * command, as nohup(1) leaves HUP. Returns 0 or a negative errno. */
int signals_begin(Signals *signals);
/* Drops pending signals, which were meant for a command that has ended, and restores the mask. */
void signals_end(Signals *signals);
/* Returns whether this process ignores the signal, as nohup(1) makes it. */
bool signals_is_ignored(int signal_number);
/* In a child: restores the mask of the caller. */
void signals_restore(const Signals *signals);

/* Ends this process by a signal that it had blocked, so that its parent sees the reason: a shell
 * ends its loop after SIGINT, and a service manager takes the exit of a unit that it stopped for a
 * clean one. */
void signals_end_by(int signal_number);

/* Reads the next pending signal and its sender. Returns false if none is pending. Does not
 * block. */
bool signals_next(Signals *signals, struct signalfd_siginfo *ret);
