/* Counts the system calls of a child, which is slower meanwhile. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

typedef struct Syscalls Syscalls;

/* Begins to count. Returns NULL if the process may not be traced. */
Syscalls *syscalls_begin(pid_t pid);
/* Ends the counting, and returns the number of calls. It returns when the child has made one more call, so the child must not sleep
 * for ever. */
uint64_t syscalls_end(Syscalls *syscalls);
