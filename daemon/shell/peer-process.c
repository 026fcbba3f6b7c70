/* The processes of peers.
 *
 * All sessions of a living process share one Process, with a pidfd that becomes readable when the
 * process exits:
 *
 *   state     where                                     leaves the state by
 *   alive     by_pid, with the watches of its sessions  on_exit_event(), or process_find() if it comes first
 *   exited    not in by_pid; watches remain             process_unwatch() of the last session, which frees it
 *
 * A pid leads to a Process only while that is alive: the kernel reuses pids, so a later process
 * with the same pid must not find the exited one. Between connect and accept the peer may exit and
 * its pid be reused. SO_PEERPIDFD, on kernels that have it, returns the pidfd of the process that
 * connected.
 *
 * Must never happen: a session whose process has exited continues as if it lived; the exit of a
 * process ends a session of another one; on_exit() ends a watch of the list that is being
 * walked. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/utf8.h"
#include "peer-process.h"
#include "poll-through.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

void processes_init(Processes *processes, struct event_base *base) {
        *processes = (Processes){.base = base};
}

void processes_deinit(Processes *processes) {
        table_deinit(&processes->by_pid);
}

/* A process may choose any name. Bytes that are not printable text become '?'. */
static void make_text(char *comm) {
        size_t n = strlen(comm);

        for (size_t at = 0; at < n;) {
                size_t length = utf8_sequence(comm + at, n - at);
                if (length == 0 || (unsigned char)comm[at] < 0x20 || comm[at] == 0x7f) {
                        comm[at] = '?';
                        length = 1;
                }
                at += length;
        }
}

static void read_comm(pid_t pid, char comm[PEER_COMM_SIZE]) {
        char path[64];

        comm[0] = '\0';
        snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return;
        ssize_t n = read(fd, comm, PEER_COMM_SIZE - 1);
        close(fd);
        comm[n > 0 ? n : 0] = '\0';
        comm[strcspn(comm, "\n")] = '\0';
        make_text(comm);
}

static int read_groups(int fd, gid_t **ret, size_t *ret_n) {
        CLEANUP(freep) gid_t *groups = NULL;
        socklen_t size = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) < 0 && errno != ERANGE) {
                *ret = NULL;
                *ret_n = 0;
                return errno == ENOPROTOOPT ? 0 : -errno;
        }
        groups = malloc(size ? size : 1);
        if (!groups)
                return -ENOMEM;
        if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
                return -errno;
        *ret_n = size / sizeof(gid_t);
        *ret = TAKE_PTR(groups);
        return 0;
}

/* Reads the current group of the file through which the peer connected. An abstract socket has
 * none. */
static void read_socket_gid(int fd, Peer *peer) {
        struct sockaddr_un address = {0};
        socklen_t size = sizeof(address) - 1;
        struct stat st;

        if (getsockname(fd, (struct sockaddr *)&address, &size) < 0 || !address.sun_path[0])
                return;
        peer->has_socket_gid = stat(address.sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
        if (peer->has_socket_gid)
                peer->socket_gid = st.st_gid;
}

int peer_read(int fd, Peer *ret, gid_t **ret_groups) {
        struct ucred cred;
        socklen_t size = sizeof(cred);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
                return -errno;
        *ret = (Peer){.pid = cred.pid, .uid = cred.uid, .gid = cred.gid};
        int r = read_groups(fd, ret_groups, &ret->n_groups);
        if (r < 0)
                return r;
        ret->groups = *ret_groups;
        read_socket_gid(fd, ret);
        read_comm(cred.pid, ret->comm);
        return 0;
}

static bool process_is_alive(const Process *process) {
        struct pollfd p = {.fd = process->pidfd, .events = POLLIN};

        return poll_through(&p, 1, 0) == 0;
}

/* Returns the living process with this pid. If the known one has exited, the pid may belong to
 * another process now. */
static Process *process_find(Processes *processes, pid_t pid) {
        Process *process = table_get(&processes->by_pid, &pid, sizeof(pid));

        if (process && !process_is_alive(process)) {
                table_remove(&processes->by_pid, &pid, sizeof(pid));
                process = NULL;
        }
        return process;
}

/* Opens the pidfd of the peer. The kernel's own record is preferred, since the pid may have been
 * reused after the connect; old kernels have only the pid. */
static int open_pidfd(int fd, pid_t pid) {
        int pidfd;
        socklen_t size = sizeof(pidfd);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0)
                return pidfd;
        if (errno == EMFILE || errno == ENFILE)
                return -errno;
        pidfd = syscall(SYS_pidfd_open, pid, 0);
        return pidfd < 0 ? -errno : pidfd;
}

/* The pidfd stays readable after the exit, so the event is deleted: the loop would spin
 * otherwise. */
static void on_exit_event(evutil_socket_t fd, short events, void *userdata) {
        Process *process = userdata;

        event_del(process->event);
        LIST_FOREACH (node, &process->watches) {
                ProcessWatch *watch = LIST_ENTRY(node, ProcessWatch, in_process);
                watch->on_exit(watch);
        }
}

bool process_has_exited(const Process *process) {
        return !event_pending(process->event, EV_READ, NULL);
}

bool process_is_current(const Process *process) {
        return table_get(&process->processes->by_pid, &process->pid, sizeof(process->pid)) ==
               process;
}

int process_restore(Processes *processes, pid_t pid, int pidfd, bool is_current, bool has_exited,
                    Process **ret) {
        CLEANUP(freep) Process *process = calloc(1, sizeof(*process));

        if (!process)
                return -ENOMEM;
        *process = (Process){.pid = pid, .pidfd = pidfd, .processes = processes};
        list_init(&process->watches);
        int r = is_current ? table_add(&processes->by_pid, &pid, sizeof(pid), process) : 0;
        if (r < 0)
                return r;
        process->event = event_new(processes->base, pidfd, EV_READ, on_exit_event, process);
        if (!process->event || (!has_exited && event_add(process->event, NULL) < 0)) {
                if (is_current)
                        table_remove(&processes->by_pid, &pid, sizeof(pid));
                if (process->event)
                        event_free(process->event);
                return -ENOMEM;
        }
        processes->n++;
        *ret = TAKE_PTR(process);
        return 0;
}

int process_get(Processes *processes, int fd, pid_t pid, Process **ret) {
        /* A process outside of this pid namespace has pid 0, like all others of its kind. */
        *ret = pid > 0 ? process_find(processes, pid) : NULL;
        if (*ret)
                return 0;

        int pidfd = open_pidfd(fd, pid);
        /* Old kernels, sandboxes, and peers outside of the pid namespace: only the end of the
         * socket is noticed. */
        if (pidfd == -ENOSYS || pidfd == -EPERM || pidfd == -EINVAL)
                return 0;
        if (pidfd < 0)
                return pidfd;
        int r = process_restore(processes, pid, pidfd, pid > 0, false, ret);
        if (r < 0)
                close(pidfd);
        return r;
}

void process_release(Process *process) {
        if (!process || !list_is_empty(&process->watches))
                return;
        if (process_is_current(process))
                table_remove(&process->processes->by_pid, &process->pid, sizeof(process->pid));
        process->processes->n--;
        event_free(process->event);
        close(process->pidfd);
        free(process);
}

void process_watch(ProcessWatch *watch, Process *process, void (*on_exit)(ProcessWatch *watch)) {
        *watch = (ProcessWatch){.process = process, .on_exit = on_exit};
        list_init(&watch->in_process);
        if (process)
                list_append(&process->watches, &watch->in_process);
}

void process_unwatch(ProcessWatch *watch) {
        list_unlink(&watch->in_process);
        process_release(watch->process);
        watch->process = NULL;
}
