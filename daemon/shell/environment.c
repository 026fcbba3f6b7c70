/* Prepares the environment of the daemon: descriptors, signals, core dumps. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/macros.h"
#include "environment.h"
#include "log.h"
#include "options/options.h"

/* Opens closed descriptors 0 to 2. Otherwise a socket would get such a number, and receive the
 * output meant for the terminal. */
static int keep_standard_descriptors(void) {
        for (int fd = 0; fd <= STDERR_FILENO; fd++) {
                if (fcntl(fd, F_GETFD) >= 0 || open("/dev/null", O_RDWR | O_CLOEXEC) == fd)
                        continue;
                log_error("descriptor %d is closed, and /dev/null cannot be opened for it: %m", fd);
                return -EIO;
        }
        return 0;
}

/* Returns whether the action of a signal stays: the daemon handles it, or its default action is
 * needed. */
static bool has_action(int signal) {
        static const int signals[] = {
                /* handled by server.c and supervisor.c */
                SIGHUP,
                SIGINT,
                SIGTERM,
                SIGUSR2,
                /* job control */
                SIGKILL,
                SIGSTOP,
                SIGCONT,
                SIGTSTP,
                SIGTTIN,
                SIGTTOU,
                /* faults, which end the daemon */
                SIGQUIT,
                SIGILL,
                SIGTRAP,
                SIGABRT,
                SIGBUS,
                SIGFPE,
                SIGSEGV,
                SIGSYS,
                /* ignored by default */
                SIGCHLD,
                SIGURG,
                SIGWINCH,
        };

        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                if (signals[i] == signal)
                        return true;
        return false;
}

/* A signal without a meaning for the daemon would end it. With SIGPIPE and SIGXFSZ ignored, a write
 * to a closed socket or a full log fails with an error. The two signals that glibc reserves cannot
 * be set. */
static void ignore_signals(void) {
        for (int i = 1; i <= SIGRTMAX; i++)
                if (!has_action(i))
                        signal(i, SIG_IGN);
}

int environment_prepare(const Options *options) {
        /* If it is not open, the next descriptor opened here would get its number, and be closed at
         * readiness. */
        if (options->ready_fd >= 0 && fcntl(options->ready_fd, F_GETFD) < 0) {
                log_error("--ready-fd %d is not open", options->ready_fd);
                return EX_USAGE;
        }
        if (keep_standard_descriptors() < 0)
                return EX_OSERR;
        /* Values of clients must not leak through core dumps or debuggers. */
        if (!options->dumpable && prctl(PR_SET_DUMPABLE, 0) < 0)
                log_warning("core dumps cannot be turned off: %m");
        ignore_signals();
        return EX_OK;
}
