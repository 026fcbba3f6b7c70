/* A family: the children that an example forks, and their ends. */
#pragma once

#include <sys/types.h>

/* Forks a child, which calls this function and exits with its result (0 to 255). Returns the pid, or -errno. */
pid_t family_fork(int (*work)(void *userdata), void *userdata);
/* Waits until a child has ended: its exit status, or 128 and the signal that ended it, or -errno. */
int family_join(pid_t pid);

/* Forks n children, each of which does this with its number, from 1 on: how many there are. When they are fewer, it
 * has said why. */
int family_fork_all(int n, pid_t pids[], int (*work)(void *userdata, int number), void *userdata);
/* Waits for n children: EXIT_SUCCESS when all ended so. */
int family_join_all(int n, const pid_t pids[]);

/* Prints on standard error that this function failed (a negative errno), and returns EXIT_FAILURE. */
int family_fail(const char *function, int error);

/* Reads --NAME=N, a number from 1 to most: true; false when the argument is another. Ends the program with 2 when
 * it is no such number. */
int family_option(const char *argument, const char *name, long most, long *ret);
