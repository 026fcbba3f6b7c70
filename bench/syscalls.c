/* Counts system calls by ptrace(2): the child stops at the entry and the exit of each call. A thread of its own traces, since only
 * the thread that attached may. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "syscalls.h"

struct Syscalls {
        pthread_t thread;
        pid_t pid;
        atomic_bool is_ending, is_attached;
        atomic_int state; /* 0: not yet attached; 1: attached; -1: cannot be attached */
        uint64_t n_stops;
};

static void trace(Syscalls *s) {
        int status;

        while (waitpid(s->pid, &status, __WALL) == s->pid && WIFSTOPPED(status)) {
                bool is_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
                s->n_stops += is_call;
                if (s->is_ending) {
                        ptrace(PTRACE_DETACH, s->pid, NULL, NULL);
                        return;
                }
                int signal = is_call || status >> 16 ? 0 : WSTOPSIG(status);
                ptrace(PTRACE_SYSCALL, s->pid, NULL, signal);
                s->state = 1;
        }
}

static void *run(void *userdata) {
        Syscalls *s = userdata;

        if (ptrace(PTRACE_SEIZE, s->pid, NULL, PTRACE_O_TRACESYSGOOD) < 0 ||
            ptrace(PTRACE_INTERRUPT, s->pid, NULL, NULL) < 0)
                s->state = -1;
        else
                trace(s);
        return NULL;
}

Syscalls *syscalls_begin(pid_t pid) {
        Syscalls *s = calloc(1, sizeof(*s));

        if (!s)
                return NULL;
        s->pid = pid;
        if (pthread_create(&s->thread, NULL, run, s) != 0) {
                free(s);
                return NULL;
        }
        while (s->state == 0)
                sched_yield();
        if (s->state == 1)
                return s;
        pthread_join(s->thread, NULL);
        free(s);
        return NULL;
}

uint64_t syscalls_end(Syscalls *s) {
        s->is_ending = true;
        kill(s->pid, SIGWINCH);
        pthread_join(s->thread, NULL);
        uint64_t n = s->n_stops / 2;
        free(s);
        return n;
}
