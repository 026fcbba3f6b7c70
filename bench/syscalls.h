/* Counts the system calls of a child, which is slower meanwhile. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

typedef struct Syscalls Syscalls;

/* NULL where a process may not be traced. */
Syscalls *syscalls_begin(pid_t pid);
/* How many there were. The child has to make one more, so it must not sleep for ever. */
uint64_t syscalls_end(Syscalls *syscalls);
