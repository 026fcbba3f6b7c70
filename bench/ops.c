/* bench/ops: how many calls a second, for one client and for several, beside the bare round trip of as many bytes
 * over a socketpair with a process at the other end that does nothing with them: what the kernel alone takes.
 *
 * Each client is a process with a session of its own, and waits for each answer. The daemon is one of its own
 * ($SHMGRD, or ./shmgrd), on a socket in a temporary directory, unless $SHMGR_SOCKET names another. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <shmgr/shmgr.h>

enum { MAX_CLIENTS = 64, BARE_BYTES = 64, ROUNDS = 4 };

static double seconds = 1;
static char directory[] = "/tmp/shmgr-bench-XXXXXX";
static pid_t daemon_pid;

static void stop_daemon(void) {
        char path[128];

        if (daemon_pid <= 0)
                return;
        kill(daemon_pid, SIGTERM);
        waitpid(daemon_pid, NULL, 0);
        snprintf(path, sizeof(path), "%s/s.lock", directory);
        unlink(path);
        rmdir(directory);
}

static void fail(const char *what, int error) {
        fprintf(stderr, "bench/ops: %s: %s\n", what, strerror(error));
        stop_daemon();
        exit(EXIT_FAILURE);
}

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void start_daemon(void) {
        const char *shmgrd = getenv("SHMGRD");
        char path[128], byte;
        int ready[2];

        if (!mkdtemp(directory))
                fail(directory, errno);
        snprintf(path, sizeof(path), "%s/s", directory);
        setenv("SHMGR_SOCKET", path, 1);
        if (pipe(ready) < 0 || (daemon_pid = fork()) < 0)
                fail("fork", errno);
        if (daemon_pid == 0) {
                char fd[16];
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                snprintf(fd, sizeof(fd), "%d", ready[1]);
                shmgrd = shmgrd ? shmgrd : "./shmgrd";
                execl(shmgrd, shmgrd, "--config=/dev/null", "--log-level=error", "--socket", path,
                      "--ready-fd", fd, (char *)NULL);
                _exit(127);
        }
        close(ready[1]);
        if (read(ready[0], &byte, 1) != 1)
                fail("the daemon does not start", ENOENT);
        close(ready[0]);
}

/* ---- What is measured */

typedef struct Objects {
        shmgr_manager *manager;
        shmgr_dict *dict;
        shmgr_counter *counter;
        shmgr_lock *lock;
        shmgr_queue *queue;
        int echo; /* the socket whose other end sends all back */
} Objects;

/* Locks and queues are each client's own: they are not to wait for each other. */
static int open_objects(Objects *o) {
        int r = shmgr_manager_open(NULL, &o->manager);

        if (r >= 0)
                r = shmgr_dict_open(o->manager, "bench", SHMGR_CREATE, NULL, &o->dict);
        if (r >= 0)
                r = shmgr_dict_set_int64(o->dict, "a", 1);
        if (r >= 0)
                r = shmgr_counter_open(o->manager, "bench-counter", SHMGR_CREATE, NULL,
                                       &o->counter);
        if (r >= 0)
                r = shmgr_lock_open(o->manager, NULL, SHMGR_CREATE, NULL, &o->lock);
        if (r >= 0)
                r = shmgr_queue_open(o->manager, NULL, SHMGR_CREATE, NULL, &o->queue);
        return r;
}

static void serve_echo(int fd) {
        char bytes[BARE_BYTES];

        for (ssize_t n; (n = recv(fd, bytes, sizeof(bytes), 0)) > 0;)
                if (send(fd, bytes, (size_t)n, 0) != n)
                        break;
        _exit(0);
}

static int open_echo(Objects *o) {
        int fds[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        pid_t pid = fork();
        if (pid == 0) {
                close(fds[0]);
                serve_echo(fds[1]);
        }
        close(fds[1]);
        o->echo = fds[0];
        return pid < 0 ? -errno : 0;
}

static int do_bare(Objects *o) {
        char bytes[BARE_BYTES] = "";

        if (send(o->echo, bytes, sizeof(bytes), 0) != sizeof(bytes) ||
            recv(o->echo, bytes, sizeof(bytes), MSG_WAITALL) != sizeof(bytes))
                return -EIO;
        return 0;
}

static int do_get(Objects *o) {
        int64_t value;

        return shmgr_dict_get_int64(o->dict, "a", &value);
}

static int do_set(Objects *o) {
        return shmgr_dict_set_int64(o->dict, "a", 2);
}

static int do_add(Objects *o) {
        return shmgr_counter_add(o->counter, 1, NULL);
}

static int do_lock(Objects *o) {
        int r = shmgr_lock_acquire(o->lock, SHMGR_FOREVER, NULL);

        return r < 0 ? r : shmgr_lock_release(o->lock);
}

static int do_queue(Objects *o) {
        struct json_object *value = NULL;
        int r = shmgr_queue_put(o->queue, NULL, SHMGR_FOREVER);

        return r < 0 ? r : shmgr_queue_get(o->queue, SHMGR_FOREVER, &value);
}

static const struct Operation {
        const char *name;
        int (*open)(Objects *o);
        int (*run)(Objects *o);
} operations[] = {
        {"bare round trip", open_echo, do_bare},
        {"dict get", open_objects, do_get},
        {"dict set", open_objects, do_set},
        {"counter add", open_objects, do_add},
        {"lock acquire + release", open_objects, do_lock},
        {"queue put + get", open_objects, do_queue},
};

enum { N_OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

/* ---- The clients */

/* Shared with the clients: they begin together, and count. */
typedef struct Board {
        volatile int n_ready, is_begun, is_over;
        struct {
                volatile uint64_t n;
                volatile int error;
        } clients[MAX_CLIENTS];
} Board;

static void run_client(const struct Operation *operation, Board *board, unsigned i) {
        Objects o = {.echo = -1};
        uint64_t n = 0;
        int r = operation->open(&o);

        __sync_fetch_and_add(&board->n_ready, 1);
        while (!board->is_begun)
                usleep(100);
        for (; r >= 0 && !board->is_over; n++)
                r = operation->run(&o);
        board->clients[i].n = n;
        board->clients[i].error = r < 0 ? -r : 0;
        _exit(0);
}

/* Calls a second of all clients together. */
static double measure(const struct Operation *operation, Board *board, unsigned n_clients) {
        pid_t pids[MAX_CLIENTS];
        double sum = 0;

        memset((void *)board, 0, sizeof(*board));
        for (unsigned i = 0; i < n_clients; i++) {
                pids[i] = fork();
                if (pids[i] < 0)
                        fail("fork", errno);
                if (pids[i] == 0)
                        run_client(operation, board, i);
        }
        while (board->n_ready < (int)n_clients)
                usleep(1000);
        double begin = now();
        board->is_begun = 1;
        usleep((useconds_t)(seconds * 1e6 / ROUNDS));
        board->is_over = 1;
        double elapsed = now() - begin;
        for (unsigned i = 0; i < n_clients; i++) {
                waitpid(pids[i], NULL, 0);
                if (board->clients[i].error)
                        fail(operation->name, board->clients[i].error);
                sum += (double)board->clients[i].n;
        }
        return sum / elapsed;
}

/* Other work of the machine can only make a round slower, so the best of several rounds counts. */
static double measure_best(const struct Operation *operation, Board *board, unsigned n_clients) {
        double best = 0;

        for (int round = 0; round < ROUNDS; round++) {
                double rate = measure(operation, board, n_clients);
                best = rate > best ? rate : best;
        }
        return best;
}

static void measure_all(Board *board, const unsigned *n_clients, unsigned n) {
        double bare[MAX_CLIENTS] = {0};

        printf("%-24s", "calls or pairs a second");
        for (unsigned k = 0; k < n; k++)
                printf("  %4u client%s", n_clients[k], n_clients[k] == 1 ? "       " : "s      ");
        printf("\n");
        for (unsigned i = 0; i < N_OPERATIONS; i++) {
                printf("%-24s", operations[i].name);
                for (unsigned k = 0; k < n; k++) {
                        double rate = measure_best(&operations[i], board, n_clients[k]);
                        if (i == 0)
                                bare[k] = rate;
                        printf("  %8.0f (%4.0f%%)", rate, 100 * rate / bare[k]);
                        fflush(stdout);
                }
                printf("\n");
        }
}

int main(int argc, char **argv) {
        unsigned n_clients[MAX_CLIENTS] = {1, 4, 16}, n = 3;

        if (argc > 1)
                seconds = atof(argv[1]);
        if (argc > 2)
                n = 0;
        for (int i = 2; i < argc && n < MAX_CLIENTS; i++)
                n_clients[n++] = (unsigned)atoi(argv[i]);
        for (unsigned k = 0; k < n; k++)
                if (n_clients[k] < 1 || n_clients[k] > MAX_CLIENTS || !(seconds > 0)) {
                        fprintf(stderr, "Usage: %s [SECONDS [CLIENTS...]], 1 to %d clients\n",
                                argv[0], MAX_CLIENTS);
                        return 2;
                }
        Board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (board == MAP_FAILED)
                fail("mmap", errno);
        if (!getenv("SHMGR_SOCKET"))
                start_daemon();
        measure_all(board, n_clients, n);
        stop_daemon();
        return 0;
}
