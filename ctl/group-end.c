/* Ends the process group of a command after the command.
 *
 * This process is the subreaper of processes that the command leaves behind, so it can wait for the
 * last of them. On a terminal the command is in the group of this process, which other members of a
 * pipeline share. Then only the children of this process are signalled. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "group-end.h"
#include "status.h"

enum { KILLED_MS = 5000 }; /* how long a process may survive SIGKILL */

static int64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void group_end_prepare(void) {
        prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static bool has_members(pid_t group) {
        pid_t pid;

        while ((pid = waitpid(-group, NULL, WNOHANG)) > 0)
                continue;
        return pid == 0;
}

static void signal_children(int signal_number) {
        char path[64];
        long pid;

        snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
        FILE *file = fopen(path, "re");
        while (file && fscanf(file, "%ld", &pid) == 1)
                if (getpgid((pid_t)pid) == getpgrp()) {
                        kill((pid_t)pid, signal_number);
                        kill((pid_t)pid, SIGCONT);
                }
        if (file)
                fclose(file);
}

static void signal_members(pid_t group, int signal_number) {
        if (!group) {
                signal_children(signal_number);
                return;
        }
        kill(-group, signal_number);
        kill(-group, SIGCONT);
}

/* Waits for the last member to exit. Returns false if the time ran out. */
static bool wait_for_members(pid_t group, Signals *signals, int64_t ms) {
        int64_t until_ms = now_ms() + ms;
        struct signalfd_siginfo info;

        while (has_members(group)) {
                struct pollfd p = {.fd = signals->fd, .events = POLLIN};
                int64_t left = until_ms - now_ms();
                if (left <= 0)
                        return false;
                poll(&p, 1, left < INT32_MAX ? (int)left : INT32_MAX);
                while (signals_next(signals, &info))
                        continue;
        }
        return true;
}

/* Sends SIGTERM, waits for the grace, and sends SIGKILL repeatedly, since a process may fork while
 * the signals are sent. */
void group_end(const Runner *runner, Signals *signals, int64_t grace_ms) {
        if (!has_members(runner->group))
                return;
        signal_members(runner->group, SIGTERM);
        if (wait_for_members(runner->group, signals, grace_ms))
                return;
        /* Children of a killed process become children of this one, and visible, only when it has
         * exited. */
        int64_t until_ms = now_ms() + KILLED_MS;
        do
                signal_members(runner->group, SIGKILL);
        while (!wait_for_members(runner->group, signals, 50) && now_ms() < until_ms);
        if (has_members(runner->group))
                status_note("a process of the command's process group survived SIGKILL");
}
