/* A process that will become a command.
 *
 * It is forked early, and connects to the daemon, so that the session belongs to it. Then it waits
 * for the order to go on, or for the end of its parent. When it executes the command, the session
 * becomes that of the command. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "signals.h"

typedef struct RunnerPlan {
        char **argv;
        const Signals *signals;
        int socket_fd;    /* to connect; -1: none */
        const char *path; /* of the daemon's socket */
        int input_fd;     /* becomes the standard input; -1: none */
        int carried_fd;   /* stays open in the command; -1: none */
        pid_t group;      /* process group for the command; 0: that of the parent */
} RunnerPlan;

typedef struct Runner {
        pid_t pid;   /* 0: none */
        pid_t group; /* the group of the command, or 0 */
        bool has_ended;
        int wait_status; /* valid if has_ended */
        int go_fd, report_fd;
} Runner;

/* Forks the child, and waits until it is connected. Returns 0, or a negative errno, and then the
 * child is gone. */
int runner_begin(Runner *runner, const RunnerPlan *plan);
/* Executes the command. env has entries NAME=VALUE, each NUL-terminated. Returns 0 or a negative
 * errno. */
int runner_go(Runner *runner, const Buffer *env);
/* Returns whether the child has exited; to be called after each SIGCHLD. */
bool runner_has_ended(Runner *runner);
/* Signals the child, or its group if it has one. Returns 0 or a negative errno. */
int runner_kill(const Runner *runner, int signal_number);
/* Returns the exit status as a shell would give it. */
int runner_status(const Runner *runner);
/* Kills a child that does not run its command yet, and forgets it. */
void runner_deinit(Runner *runner);

/* For a process that becomes the command itself: runner_take_name() sets its name, so that holders
 * are listed by that of the command; runner_execute() executes the command, or returns a negative
 * errno. */
void runner_take_name(const char *path);
int runner_execute(char **argv, const Buffer *env);
