/* Blocks signals and reads them from a descriptor, so that a loop waits for signals and the daemon
 * at once.
 *
 * Ignored signals stay ignored, as nohup(1) demands, and the command inherits that. Before the
 * command is executed, signals_restore() restores the mask of the caller, since blocked signals
 * would stay blocked in the command. */
#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/macros.h"
#include "signals.h"

static const int to_forward[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

bool signals_is_ignored(int signal_number) {
        struct sigaction action;

        return sigaction(signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static bool is_to_end(int signal_number) {
        return signal_number == SIGHUP || signal_number == SIGINT || signal_number == SIGQUIT ||
               signal_number == SIGTERM;
}

int signals_begin(Signals *signals) {
        *signals = (Signals){.fd = -1};
        sigemptyset(&signals->taken);
        sigaddset(&signals->taken, SIGCHLD);
        /* An ignored signal that is blocked would stay pending, so ignored ones are not blocked. */
        for (size_t i = 0; i < ELEMENTSOF(to_forward); i++)
                if (!signals_is_ignored(to_forward[i]))
                        sigaddset(&signals->taken, to_forward[i]);
        /* A parent may have left SIGCHLD ignored. The kernel would then discard the exit status of
         * the child. */
        signal(SIGCHLD, SIG_DFL);
        sigprocmask(SIG_BLOCK, &signals->taken, &signals->before);
        signals->fd = signalfd(-1, &signals->taken, SFD_CLOEXEC | SFD_NONBLOCK);
        if (signals->fd >= 0)
                return 0;
        int r = -errno;
        signals_restore(signals);
        return r;
}

bool signals_next(Signals *signals, struct signalfd_siginfo *ret) {
        if (read(signals->fd, ret, sizeof(*ret)) != sizeof(*ret))
                return false;
        if (is_to_end((int)ret->ssi_signo))
                signals->to_end = (int)ret->ssi_signo;
        return true;
}

void signals_restore(const Signals *signals) {
        sigprocmask(SIG_SETMASK, &signals->before, NULL);
}

void signals_end(Signals *signals) {
        struct signalfd_siginfo info;

        if (signals->fd < 0)
                return;
        while (signals_next(signals, &info))
                continue;
        close(signals->fd);
        signals->fd = -1;
        signals_restore(signals);
}

void signals_end_by(int signal_number) {
        sigset_t set;

        /* No core file of this process: the command that the SIGQUIT was for has written its
         * own. */
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        signal(signal_number, SIG_DFL);
        sigemptyset(&set);
        sigaddset(&set, signal_number);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(signal_number);
}
