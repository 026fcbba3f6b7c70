/* Passing signals on to the command, once.
 *
 * A signal may have reached the command already: the terminal and service managers send it to many processes at once. One that
 * the lookout (lookout.h) received as well was such a signal, and is not passed on. Which of the two receives it first is open, so
 * each waits for the other: due_ms is when one that only this process has received is passed on, seen_ms when the lookout
 * received one that this process has not yet. */
#include <errno.h>

#include "forward.h"
#include "status.h"

/* How long the lookout has for getting what this process got: a service manager signals all processes of a unit in one go. */
enum { LOOKOUT_MS = 100 };

/* A signal of the terminal has reached the command already, if that is in the same group: it went to all of the
 * foreground. */
static void take_own(Forward *f, int64_t now_ms) {
        struct signalfd_siginfo info;

        while (signals_next(f->signals, &info)) {
                int n = (int)info.ssi_signo;
                if (n == SIGCHLD || n >= FORWARD_SIGNALS ||
                    (info.ssi_code == SI_KERNEL && !f->runner->group))
                        continue;
                if (f->seen_ms[n] && now_ms - f->seen_ms[n] <= LOOKOUT_MS)
                        f->seen_ms[n] = 0;
                else if (!f->due_ms[n])
                        f->due_ms[n] = now_ms + LOOKOUT_MS;
        }
}

static void take_seen(Forward *f, int64_t now_ms) {
        int n;

        while ((n = lookout_next(f->lookout)) != 0) {
                if (n >= FORWARD_SIGNALS)
                        continue;
                if (f->due_ms[n])
                        f->due_ms[n] = 0;
                else
                        f->seen_ms[n] = now_ms;
        }
}

/* A command that has changed its user cannot be signalled; the user must learn that. */
static void send_on(const Runner *runner, int signal_number) {
        int r = runner_kill(runner, signal_number);

        if (r < 0 && r != -ESRCH)
                status_failure("cannot forward a signal to the command", r);
}

void forward_run(Forward *f, int64_t now_ms) {
        take_own(f, now_ms);
        take_seen(f, now_ms);
        for (int n = 1; n < FORWARD_SIGNALS; n++)
                if (f->due_ms[n] && f->due_ms[n] <= now_ms) {
                        f->due_ms[n] = 0;
                        send_on(f->runner, n);
                }
}

int64_t forward_next(const Forward *f) {
        int64_t next = INT64_MAX;

        for (int n = 1; n < FORWARD_SIGNALS; n++)
                if (f->due_ms[n] && f->due_ms[n] < next)
                        next = f->due_ms[n];
        return next;
}
