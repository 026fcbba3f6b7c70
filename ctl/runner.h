/* A process that will become a command.
 *
 * It is forked before the command may run, connects to the daemon, so that the session is its own, and then waits to be
 * told to go on, or for the end of its parent. When it executes the command, the session is the command's. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "signals.h"

typedef struct RunnerPlan {
        char **argv;
        const Signals *signals;
        int socket_fd;    /* to be connected; -1 for none */
        const char *path; /* to here */
        int input_fd;     /* becomes the standard input, unless it is -1 */
        int carried_fd;   /* left open in the command, unless it is -1 */
        pid_t group;      /* a process group for the command; 0: that of the parent */
} RunnerPlan;

typedef struct Runner {
        pid_t pid;   /* 0: none */
        pid_t group; /* that it was put into, or 0 */
        bool has_ended;
        int wait_status; /* then */
        int go_fd, report_fd;
} Runner;

/* Forks it: 0 when it has connected; or a negative errno, and it is gone. */
int runner_begin(Runner *runner, const RunnerPlan *plan);
/* Executes the command; env has NAME=VALUE, each with its U+0000. 0, or a negative errno when that cannot be done. */
int runner_go(Runner *runner, const Buffer *env);
/* Whether it has ended; to be asked after each SIGCHLD. */
bool runner_has_ended(Runner *runner);
/* Sends a signal to it, or to its group if it was put into one: 0 or negative errno. */
int runner_kill(const Runner *runner, int signal_number);
/* The exit status that a shell would give. */
int runner_status(const Runner *runner);
/* Ends one that was not told to go on, and forgets it. */
void runner_deinit(Runner *runner);

/* In the process that is to become the command itself: takes its name, for those who look for the holder; and executes it, or
 * returns a negative errno. */
void runner_take_name(const char *path);
int runner_execute(char **argv, const Buffer *env);
