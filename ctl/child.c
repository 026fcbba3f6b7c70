/* A command that runs while this process waits for it. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "child.h"
#include "status.h"

/* They are blocked and taken one by one, so that none gets between the command's end and ours. */
static void make_signal_set(sigset_t *set) {
        static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

        sigemptyset(set);
        sigaddset(set, SIGCHLD);
        for (size_t i = 0; i < ELEMENTSOF(forwarded); i++)
                sigaddset(set, forwarded[i]);
}

static int spawn_with(char **argv, posix_spawnattr_t *attributes, int input_fd, pid_t *ret) {
        posix_spawn_file_actions_t actions;
        int r = posix_spawn_file_actions_init(&actions);

        if (r != 0)
                return -r;
        if (input_fd >= 0)
                r = posix_spawn_file_actions_adddup2(&actions, input_fd, STDIN_FILENO);
        if (r == 0)
                r = posix_spawnp(ret, argv[0], &actions, attributes, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
        return -r;
}

static int spawn(char **argv, const sigset_t *mask, int input_fd, pid_t *ret) {
        posix_spawnattr_t attributes;
        int r = posix_spawnattr_init(&attributes);

        if (r != 0)
                return -r;
        posix_spawnattr_setsigmask(&attributes, mask);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        r = spawn_with(argv, &attributes, input_fd, ret);
        posix_spawnattr_destroy(&attributes);
        return r;
}

static bool is_to_end(int signal_number) {
        return signal_number == SIGHUP || signal_number == SIGINT || signal_number == SIGQUIT ||
               signal_number == SIGTERM;
}

/* Waits for the end of the child. A signal from the terminal has reached it already: it went to all
 * of the foreground. */
static int wait_for(pid_t pid, const sigset_t *set, int *ret_signal) {
        siginfo_t info;
        int status, r;

        while ((r = waitpid(pid, &status, WNOHANG)) == 0) {
                int signal_number = sigwaitinfo(set, &info);
                if (is_to_end(signal_number))
                        *ret_signal = signal_number;
                if (signal_number > 0 && signal_number != SIGCHLD && info.si_code != SI_KERNEL)
                        kill(pid, signal_number);
        }
        if (r < 0)
                return status_failure("waitpid", -errno);
        return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNAL + WTERMSIG(status);
}

/* What arrives after the command has ended was meant for it: it must not keep the caller from putting
 * things in order. */
static void drop_pending(const sigset_t *set, int *ret_signal) {
        const struct timespec now = {0};
        int signal_number;

        while ((signal_number = sigtimedwait(set, NULL, &now)) > 0)
                if (is_to_end(signal_number))
                        *ret_signal = signal_number;
}

int child_run(char **argv, int input_fd, int *ret_signal) {
        sigset_t set, before;
        int unused, *end_signal = ret_signal ? ret_signal : &unused;
        pid_t pid;

        *end_signal = 0;
        make_signal_set(&set);
        /* Where it is ignored, as a parent may have left it, the kernel takes the status away. */
        signal(SIGCHLD, SIG_DFL);
        sigprocmask(SIG_BLOCK, &set, &before);
        fflush(NULL);
        int r = spawn(argv, &before, input_fd, &pid);
        if (r < 0) {
                status_print_prefix();
                fprintf(stderr, "%s: %s\n", argv[0], strerror(-r));
        }
        int status = r == 0         ? wait_for(pid, &set, end_signal)
                     : r == -ENOENT ? STATUS_NOT_FOUND
                                    : STATUS_NOT_RUN;
        drop_pending(&set, end_signal);
        sigprocmask(SIG_SETMASK, &before, NULL);
        return status;
}
