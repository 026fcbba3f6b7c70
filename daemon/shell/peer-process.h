/* The processes at the other end of the sockets: identifies each and watches for its exit.
 *
 * The end of the socket is not enough: a forked child may keep it open after its parent has exited. So each process is
 * watched through a pidfd, one for all its sessions. A pid alone is never a key: the kernel reuses it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include <event2/event.h>

#include "base/list.h"
#include "base/table.h"
#include "peer.h"

typedef struct Processes {
        struct event_base *base;
        Table by_pid; /* of those that were alive when last looked at */
} Processes;

typedef struct Process {
        pid_t pid;
        int pidfd;
        struct event *event;
        List watches; /* ProcessWatch.in_process */
        Processes *processes;
} Process;

/* Interest in the exit of a process, embedded in whatever is interested. */
typedef struct ProcessWatch {
        Process *process; /* NULL where the system has no pidfds */
        ListLink in_process;
        void (*on_exit)(struct ProcessWatch *watch); /* ends no watch */
} ProcessWatch;

void processes_init(Processes *processes, struct event_base *base);
void processes_deinit(Processes *processes);

/* Identifies the peer of a connected socket. groups is to be freed by the caller. 0, or negative errno. */
int peer_read(int fd, Peer *ret, gid_t **ret_groups);

/* Finds the process behind a connected socket: 0, or -ENOMEM, -EMFILE. *ret is NULL where the system
 * has no pidfds: then only the end of the socket is noticed. -ESRCH when it has exited already. */
int process_get(Processes *processes, int fd, pid_t pid, Process **ret);
/* Whether on_exit was called. */
bool process_has_exited(const Process *process);
/* For restarts: whether its pid leads to it. */
bool process_is_current(const Process *process);
/* For restarts: takes over the pidfd of a process, whose exit was told or is watched for: 0 or -ENOMEM; then the pidfd stays the
 * caller's. */
int process_restore(Processes *processes, pid_t pid, int pidfd, bool is_current, bool has_exited,
                    Process **ret);
/* Forgets it, unless it is watched. Takes NULL. */
void process_release(Process *process);

/* Calls on_exit once the process has exited. process may be NULL: then nothing is ever called. */
void process_watch(ProcessWatch *watch, Process *process, void (*on_exit)(ProcessWatch *watch));
/* Ends the watch, and forgets the process after its last one. */
void process_unwatch(ProcessWatch *watch);
