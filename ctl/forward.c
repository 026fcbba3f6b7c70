/* Forwards signals to the command, each once.
 *
 * The terminal and service managers send a signal to many processes at once, so the command may
 * have received it already. A signal that the lookout (lookout.h) received as well was such a
 * signal, and is not forwarded.
 *
 * This process and the lookout may receive a signal in either order, so each record waits for the
 * other:
 *
 *   due_ms[n]     only this process has received signal n so far; it is forwarded at this time
 *   seen_ms[n]    only the lookout has received signal n so far, at this time
 *   both          neither is kept: the command has the signal, too */
#include <errno.h>

#include "forward.h"
#include "status.h"

/* How long the second of the two may take to receive a signal: a service manager signals all
 * processes of a unit in one go. */
enum { LOOKOUT_MS = 100 };

/* Reads the signals of this process. A terminal signals the whole foreground group, so a signal of
 * the kernel has reached the command already if the command is in the group of this process. */
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

/* A command that changed its user cannot be signalled, and the user must learn that. */
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
