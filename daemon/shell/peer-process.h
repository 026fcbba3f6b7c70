/* The processes at the other ends of the sockets: identifies each and watches for its exit.
 *
 * The end of the socket is not enough: a forked child may keep it open after its parent has exited.
 * So each process is watched through a pidfd, one for all its sessions. A pid alone is never a key,
 * since the kernel reuses it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <event2/event.h>

#include "base/list.h"
#include "base/table.h"
#include "peer.h"

typedef struct Processes {
        struct event_base *base;
        Table by_pid; /* processes that were alive when last checked */
        size_t n;     /* all processes, each of which has a pidfd */
} Processes;

typedef struct Process {
        pid_t pid;
        int pidfd;
        struct event *event;
        List watches; /* ProcessWatch.in_process */
        Processes *processes;
} Process;

/* A watch for the exit of a process, embedded in the structure that needs it. */
typedef struct ProcessWatch {
        Process *process; /* NULL: the system has no pidfds */
        ListLink in_process;
        void (*on_exit)(struct ProcessWatch *watch); /* must not end any watch */
} ProcessWatch;

void processes_init(Processes *processes, struct event_base *base);
void processes_deinit(Processes *processes);

/* Identifies the peer of a connected socket. The caller frees *ret_groups. Returns 0 or a negative
 * errno. */
int peer_read(int fd, Peer *ret, gid_t **ret_groups);

/* Finds the process behind a connected socket. *ret is NULL if the system has no pidfds: then only
 * the end of the socket is noticed. Returns 0, -ESRCH if the process has exited, -ENOMEM or
 * -EMFILE. */
int process_get(Processes *processes, int fd, pid_t pid, Process **ret);
/* Returns whether on_exit was called. */
bool process_has_exited(const Process *process);
/* For restarts: returns whether the pid leads to this process. */
bool process_is_current(const Process *process);
/* For restarts: takes ownership of the pidfd of a process, whose exit was reported or is watched
 * for. Returns 0, or -ENOMEM, and then the caller keeps the pidfd. */
int process_restore(Processes *processes, pid_t pid, int pidfd, bool is_current, bool has_exited,
                    Process **ret);
/* Frees the process, unless it is watched. Takes NULL. */
void process_release(Process *process);

/* Calls on_exit once the process has exited. If process is NULL, it is never called. */
void process_watch(ProcessWatch *watch, Process *process, void (*on_exit)(ProcessWatch *watch));
/* Ends the watch, and frees the process after its last one. */
void process_unwatch(ProcessWatch *watch);
