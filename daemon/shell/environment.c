/* The environment of the daemon: descriptors, signals, core dumps. */
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

/* Closed descriptors 0 to 2 would become sockets, and get what is meant for the terminal. */
static int keep_standard_descriptors(void) {
        for (int fd = 0; fd <= STDERR_FILENO; fd++) {
                if (fcntl(fd, F_GETFD) >= 0 || open("/dev/null", O_RDWR | O_CLOEXEC) == fd)
                        continue;
                log_error("descriptor %d is closed, and /dev/null cannot be opened for it: %m", fd);
                return -EIO;
        }
        return 0;
}

/* The signals whose action stays: those that the daemon handles, and those that the system acts on. */
static bool has_action(int signal) {
        static const int signals[] = {
                /* handled: server.c, supervisor.c */
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
                /* nothing happens by default */
                SIGCHLD,
                SIGURG,
                SIGWINCH,
        };

        for (size_t i = 0; i < ELEMENTSOF(signals); i++)
                if (signals[i] == signal)
                        return true;
        return false;
}

/* A signal without a meaning here would end the daemon. With SIGPIPE and SIGXFSZ ignored, a write to a socket or a
 * log that is gone or full fails with an error. The two signals that glibc keeps for itself cannot be set. */
static void ignore_signals(void) {
        for (int i = 1; i <= SIGRTMAX; i++)
                if (!has_action(i))
                        signal(i, SIG_IGN);
}

int environment_prepare(const Options *options) {
        /* Else it would be the first that is opened here, and be closed when all is ready. */
        if (options->ready_fd >= 0 && fcntl(options->ready_fd, F_GETFD) < 0) {
                log_error("--ready-fd %d is not open", options->ready_fd);
                return EX_USAGE;
        }
        if (keep_standard_descriptors() < 0)
                return EX_OSERR;
        /* Clients' values must not leak through core dumps or a debugger. */
        if (!options->dumpable && prctl(PR_SET_DUMPABLE, 0) < 0)
                log_warning("core dumps cannot be turned off: %m");
        ignore_signals();
        return EX_OK;
}
