/* A crowd: processes that are forked, wait for each other, and start to work at one moment.
 *
 * Two pipes synchronise the start. Each child writes a byte to `ready` when it is prepared; the parent
 * counts the bytes, and then closes its end of `go`, from which all children read: all of
 * them see the end of file at once. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crowd.h"

enum { PREPARE_MS = 60000 };

typedef struct Gate {
        int ready[2], go[2]; /* ends of pipes, as pipe(2) returns them; -1: closed */
} Gate;

static int64_t now_ns(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void close_end(int *fd) {
        if (*fd >= 0)
                close(*fd);
        *fd = -1;
}

static void gate_close(Gate *gate) {
        for (int i = 0; i < 2; i++) {
                close_end(&gate->ready[i]);
                close_end(&gate->go[i]);
        }
}

static int gate_open(Gate *gate) {
        *gate = (Gate){.ready = {-1, -1}, .go = {-1, -1}};
        if (pipe2(gate->ready, O_CLOEXEC) < 0 || pipe2(gate->go, O_CLOEXEC) < 0) {
                int error = -errno;
                gate_close(gate);
                return error;
        }
        return 0;
}

/* In a child: returns when the parent has started the crowd. */
static int gate_pass(Gate *gate) {
        char byte = 0;

        close_end(&gate->ready[0]);
        close_end(&gate->go[1]);
        if (write(gate->ready[1], &byte, 1) != 1)
                return -errno;
        close_end(&gate->ready[1]);
        return read(gate->go[0], &byte, 1) < 0 ? -errno : 0;
}

/* In the parent: waits until n children are prepared. A child that fails earlier has closed its
 * end of the pipe. So if all ends are closed before n bytes arrived, some children have failed. */
static int gate_await(Gate *gate, unsigned n) {
        int64_t deadline = now_ns() + PREPARE_MS * 1000000LL;
        char bytes[256];

        close_end(&gate->ready[1]);
        while (n > 0) {
                struct pollfd pollfd = {.fd = gate->ready[0], .events = POLLIN};
                int64_t left_ms = (deadline - now_ns()) / 1000000;
                if (left_ms <= 0 || poll(&pollfd, 1, left_ms) == 0)
                        return -ETIMEDOUT;
                ssize_t n_read = read(gate->ready[0], bytes, n < sizeof(bytes) ? n : sizeof(bytes));
                if (n_read == 0)
                        return -ECHILD;
                if (n_read < 0 && errno != EINTR)
                        return -errno;
                n -= n_read > 0 ? n_read : 0;
        }
        return 0;
}

/* Runs in a child. The exit status is the errno. */
static _Noreturn void child_main(const Crowd *crowd, Gate *gate) {
        int r = crowd->prepare(crowd->userdata);

        if (r == 0)
                r = gate_pass(gate);
        if (r == 0)
                r = crowd->work(crowd->userdata);
        _exit(-r & 0x7f);
}

static int reap(pid_t pid) {
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        if (WIFSIGNALED(status))
                return -ECHILD;
        return -WEXITSTATUS(status);
}

static int reap_all(const pid_t *pids, unsigned n) {
        int r = 0;

        for (unsigned i = 0; i < n; i++) {
                int r_one = reap(pids[i]);
                if (r == 0)
                        r = r_one;
        }
        return r;
}

static unsigned fork_all(const Crowd *crowd, Gate *gate, pid_t *pids) {
        unsigned n = 0;

        for (; n < crowd->n_processes; n++) {
                pids[n] = fork();
                if (pids[n] < 0)
                        break;
                if (pids[n] == 0)
                        child_main(crowd, gate);
        }
        return n;
}

static int run(const Crowd *crowd, Gate *gate, pid_t *pids, int64_t *ret_ns) {
        unsigned n = fork_all(crowd, gate, pids);
        int r = n < crowd->n_processes ? -EAGAIN : gate_await(gate, n);

        for (unsigned i = 0; r < 0 && i < n; i++)
                kill(pids[i], SIGKILL);
        int64_t start = now_ns();
        close_end(&gate->go[1]);
        int r_children = reap_all(pids, n);
        *ret_ns = now_ns() - start;
        return r < 0 ? r : r_children;
}

int crowd_run(const Crowd *crowd, int64_t *ret_ns) {
        Gate gate;
        int r = gate_open(&gate);

        if (r < 0)
                return r;
        pid_t *pids = calloc(crowd->n_processes, sizeof(*pids));
        r = pids ? run(crowd, &gate, pids, ret_ns) : -ENOMEM;
        free(pids);
        gate_close(&gate);
        return r;
}
