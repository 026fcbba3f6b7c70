/* A family: the children that an example forks and waits for. */
#pragma once

#include <sys/types.h>

/* Forks a child, which calls this function and exits with its result (0 to 255). Returns the pid, or -errno. */
pid_t family_fork(int (*work)(void *userdata), void *userdata);
/* Waits until a child has ended. Returns its exit status, or 128 plus the signal that killed it, or -errno. */
int family_join(pid_t pid);

/* Forks n children, each of which calls `work` with its number, from 1 on. Returns the number of children; if
 * they are fewer than n, the reason was printed. */
int family_fork_all(int n, pid_t pids[], int (*work)(void *userdata, int number), void *userdata);
/* Waits for n children. Returns EXIT_SUCCESS if all of them exited with 0. */
int family_join_all(int n, const pid_t pids[]);

/* Prints on standard error that a function failed (error is a negative errno), and returns EXIT_FAILURE. */
int family_fail(const char *function, int error);

/* Reads --NAME=N, a number from 1 to most, and returns true. Returns false if the argument is another option;
 * exits with 2 if N is invalid. */
int family_option(const char *argument, const char *name, long most, long *ret);
