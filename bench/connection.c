/* bench/connection: measures how fast messages pass through a connection, and compares it with a plain loop of write(2)
 * and read(2) on the same kind of descriptor.
 *
 * A child sends, the parent receives. The ways alternate for many short rounds, and the best round of each counts, since other
 * work of the machine can only make a round slower. CPU is the time of both processes together. The plain loop moves the same
 * bytes without a header, since it knows their number. It is measured with the kernel's default buffer of pipe(2) and
 * socketpair(2), and with the larger one that a connection asks for. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <shmgr/shmgr.h>

enum { MAX_ROUNDS = 1000, MAX_SIZE = 16 << 20 };

static char *memory, *buffer; /* at least MAX_SIZE bytes */
static unsigned n_rounds = 25;
static const double seconds = 0.05; /* the approximate length of a round */

static void fail(const char *what, int error) {
        fprintf(stderr, "bench/connection: %s: %s\n", what, strerror(error));
        exit(EXIT_FAILURE);
}

static double now(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- The two ways: a connection, and a plain loop */

typedef struct Way {
        const char *name;
        void (*send)(int fd, size_t size, unsigned n);
        void (*receive)(int fd, size_t size, unsigned n);
} Way;

static void send_plainly(int fd, size_t size, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                for (size_t n_sent = 0; n_sent < size;) {
                        ssize_t r = write(fd, buffer + n_sent, size - n_sent);
                        if (r < 0)
                                fail("write", errno);
                        n_sent += (size_t)r;
                }
}

static void send_plainly_with_room(int fd, size_t size, unsigned n) {
        int room = 512 << 10;

        if (fcntl(fd, F_SETPIPE_SZ, 1 << 20) < 0)
                setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
        send_plainly(fd, size, n);
}

static void receive_plainly(int fd, size_t size, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                for (size_t n_received = 0; n_received < size;) {
                        ssize_t r = read(fd, buffer + n_received, size - n_received);
                        if (r <= 0)
                                fail("read", r < 0 ? errno : ENODATA);
                        n_received += (size_t)r;
                }
}

static shmgr_connection *connect_fd(int fd) {
        shmgr_connection *connection = NULL;
        int r = shmgr_connection_from_fd(dup(fd), 0, &connection);

        if (r < 0)
                fail("shmgr_connection_from_fd", -r);
        return connection;
}

static void send_messages(int fd, size_t size, unsigned n) {
        shmgr_connection *connection = connect_fd(fd);

        for (unsigned i = 0; i < n; i++) {
                int r = shmgr_connection_send_bytes(connection, buffer, size, 0, -1);
                if (r < 0)
                        fail("shmgr_connection_send_bytes", -r);
        }
        shmgr_connection_unref(connection);
}

static void receive_messages(int fd, size_t size, unsigned n) {
        shmgr_connection *connection = connect_fd(fd);

        for (unsigned i = 0; i < n; i++) {
                size_t length;
                int r = shmgr_connection_recv_bytes_into(connection, buffer, size, 0, &length);
                if (r < 0)
                        fail("shmgr_connection_recv_bytes_into", -r);
        }
        shmgr_connection_unref(connection);
}

static void receive_new_messages(int fd, size_t size, unsigned n) {
        shmgr_connection *connection = connect_fd(fd);

        for (unsigned i = 0; i < n; i++) {
                void *data;
                int r = shmgr_connection_recv_bytes(connection, -1, &data, NULL);
                if (r < 0)
                        fail("shmgr_connection_recv_bytes", -r);
                free(data);
        }
        shmgr_connection_unref(connection);
}

static const Way ways[] = {
        {"plain", send_plainly, receive_plainly},
        {"plain, more room", send_plainly_with_room, receive_plainly},
        {"connection, into", send_messages, receive_messages},
        {"connection, new", send_messages, receive_new_messages},
};

enum { N_WAYS = sizeof(ways) / sizeof(ways[0]) };

/* ---- Measuring */

static void open_pipe(int fds[2]) {
        if (pipe(fds) < 0)
                fail("pipe", errno);
}

static void open_sockets(int fds[2]) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
                fail("socketpair", errno);
}

static const struct Kind {
        const char *name;
        void (*open)(int fds[2]);
} kinds[] = {{"pipe", open_pipe}, {"socketpair", open_sockets}};

typedef struct Result {
        double rate; /* messages per second */
        double cpu;  /* seconds of both processes for a message */
} Result;

static double cpu_of(int who) {
        struct rusage usage;

        getrusage(who, &usage);
        return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static Result run(const struct Kind *kind, const Way *way, size_t size, unsigned n) {
        int fds[2], status;

        kind->open(fds);
        pid_t pid = fork();
        if (pid < 0)
                fail("fork", errno);
        if (pid == 0) {
                close(fds[0]);
                way->send(fds[1], size, n);
                _exit(EXIT_SUCCESS);
        }
        close(fds[1]);
        /* The clock starts after the first message, so the start of the child is not measured. */
        way->receive(fds[0], size, 1);
        double cpu = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);
        double start = now();
        way->receive(fds[0], size, n - 1);
        double elapsed = now() - start;
        close(fds[0]);
        if (waitpid(pid, &status, 0) != pid || status != 0)
                fail("the sender", ECHILD);
        cpu = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) - cpu;
        return (Result){.rate = (n - 1) / elapsed, .cpu = cpu / n};
}

/* Returns the number of messages that take about the time of a round. */
static unsigned calibrate(const struct Kind *kind, size_t size) {
        unsigned n = 8;

        for (;;) {
                double rate = run(kind, &ways[0], size, n).rate;
                if (n / rate > seconds / 10 || n > 1 << 24)
                        return (unsigned)(rate * seconds) + 2;
                n *= 4;
        }
}

/* Some processors copy at half their speed when two addresses differ by a few bytes modulo a page. So the address of the
 * buffer changes from round to round, by multiples of 16, as malloc(3) might place it. */
static size_t offset_of(unsigned round) {
        return round % 8 * 17 * 16;
}

static void add_round(Result *best, Result result) {
        if (result.rate > best->rate)
                best->rate = result.rate;
        if (best->cpu == 0 || result.cpu < best->cpu)
                best->cpu = result.cpu;
}

static void measure(const struct Kind *kind, size_t size) {
        Result best[N_WAYS] = {{0}};
        unsigned n = calibrate(kind, size);

        for (unsigned round = 0; round < n_rounds; round++, buffer = memory + offset_of(round))
                for (int i = 0; i < N_WAYS; i++)
                        add_round(&best[i], run(kind, &ways[i], size, n));
        for (int i = 0; i < N_WAYS; i++)
                printf("%-10s  %8zu  %-16s  %10.0f  %9.1f  %6.1f %%  %10.2f  %6.1f %%\n",
                       kind->name, size, ways[i].name, best[i].rate,
                       best[i].rate * (double)size / 1e6, 100 * best[i].rate / best[0].rate,
                       best[i].cpu * 1e6, 100 * best[i].cpu / best[0].cpu);
        fflush(stdout);
}

static unsigned long read_number(const char *text, unsigned long most) {
        char *end;
        unsigned long number = strtoul(text, &end, 10);

        if (*end || number < 1 || number > most) {
                fprintf(stderr, "bench/connection: '%s' is not a number from 1 to %lu\n", text,
                        most);
                exit(2);
        }
        return number;
}

int main(int argc, char **argv) {
        static const size_t sizes[] = {16, 1024, 4096, 65536, 1 << 20, MAX_SIZE};
        size_t only = argc > 2 ? read_number(argv[2], MAX_SIZE) : 0;

        if (argc > 3) {
                fprintf(stderr, "Usage: connection [ROUNDS [BYTES]]\n");
                return 2;
        }
        if (argc > 1)
                n_rounds = (unsigned)read_number(argv[1], MAX_ROUNDS);
        memory = buffer = malloc(MAX_SIZE + offset_of(7));
        if (!memory)
                fail("malloc", errno);
        memset(memory, 'x', MAX_SIZE + offset_of(7));
        printf("%-10s  %8s  %-16s  %10s  %9s  %8s  %10s  %8s\n", "over", "bytes", "way",
               "messages/s", "MB/s", "of plain", "CPU us/msg", "of plain");
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
                for (size_t i = 0; !only && i < sizeof(sizes) / sizeof(sizes[0]); i++)
                        measure(&kinds[k], sizes[i]);
                if (only)
                        measure(&kinds[k], only);
        }
        return EXIT_SUCCESS;
}
