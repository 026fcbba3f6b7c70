/* The signals that are meant for a command which this process runs: taken one by one, and never while something is
 * half done. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

typedef struct Signals {
        sigset_t taken, before;
        int fd;     /* readable when one has come; -1 before signals_begin() */
        int to_end; /* the last that was to end this process, or 0 */
} Signals;

/* Blocks HUP, INT, QUIT, TERM, USR1 and USR2, but those that are ignored, as nohup(1) leaves HUP: these stay ignored, here
 * and by the command. SIGCHLD is taken as well. 0 or negative errno. */
int signals_begin(Signals *signals);
/* Drops what has come: it was meant for a command that has ended. Then all is as it was. */
void signals_end(Signals *signals);
/* In a child: what was blocked before is blocked, and nothing else. */
void signals_restore(const Signals *signals);

/* Ends this process by a signal that it had taken, so that its parent sees that: a shell ends its loop at an interrupt, and a
 * service manager takes the end of a unit that it stopped for a clean one. */
void signals_end_by(int signal_number);

/* The next that has come, without waiting: true, and who sent it. */
bool signals_next(Signals *signals, struct signalfd_siginfo *ret);
