/* make bench-instructions: user instructions for each call. callgrind counts them, with random numbers and times that are equal
 * in each run (bench/steady.c).
 *
 * The daemon runs under callgrind. One connection sends 16 calls at once and reads their 16 replies, repeatedly: each time is a
 * turn of the daemon, as with 50 connections x 16 calls in flight. vgdb resets the counters after the first calls, and dumps
 * them after the last. A program that uses the library, or the raw wire, is counted in this way, too.
 *
 * bench/instructions [--check TABLE] prints the table. With --check it also prints the counts that have grown, and fails if
 * one is more than 3 % above the recorded one and the head of the recorded table names this toolchain. Two runs differ by
 * some 0.1 %, and by 1 % for long messages, whose counts depend on the number of pieces in which the kernel delivers a
 * message. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macros.h"
#include "client.h"
#include "counts.h"
#include "load.h"
#include "machine.h"

enum { BATCH = 16, WARM_UP = 8, BATCHES = 50, CALLS = 500 };

/* ---- callgrind */

static void tell_callgrind(pid_t pid, const char *what) {
        char command[64];

        snprintf(command, sizeof(command), "vgdb --pid=%d %s >/dev/null 2>&1", pid, what);
        if (system(command) != 0)
                bench_fail(command, EIO);
}

static double read_total(const char *path) {
        char line[256];
        double total = -1;
        FILE *file = fopen(path, "re");

        while (file && fgets(line, sizeof(line), file))
                sscanf(line, "totals: %lf", &total);
        if (!file || total < 0)
                bench_fail(path, file ? EPROTO : errno);
        fclose(file);
        unlink(path);
        return total;
}

/* callgrind numbers its dumps; the directory has only one. */
static double dump(pid_t pid, const char *directory) {
        static unsigned n;
        char path[80];

        tell_callgrind(pid, "dump");
        snprintf(path, sizeof(path), "%s/out.%u", directory, ++n);
        return read_total(path);
}

/* ---- The daemon */

static void play(int fd, const Tape *tape, const char *name, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                load_play(fd, tape, name);
}

/* Sends one call at a time, so each is a turn of the daemon. */
static void play_singly(int fd, const Tape *tape, const char *name, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                for (unsigned call = 0; call < tape->n; call++)
                        load_play_call(fd, tape, call, name);
}

typedef void Play(int fd, const Tape *tape, const char *name, unsigned n);

/* Counts the instructions of an operation while n batches of it are played. */
static double count_played(const Server *server, const Operation *operation, const Tape *first,
                           const Tape *tape, Play *play_tape, unsigned n) {
        int fd = server_connect(server);

        if (fd < 0)
                bench_fail(server->name, errno);
        load_play(fd, first, operation->name);
        play_tape(fd, tape, operation->name, WARM_UP);
        tell_callgrind(server->pid, "zero");
        play_tape(fd, tape, operation->name, n);
        double total = dump(server->pid, server->directory);
        close(fd);
        return total * operation->calls / ((double)n * tape->n);
}

static void count_single(const Server *server, const Operation *operation, Counts *counts) {
        Tape first = tape_new_first(PROTOCOL_JSON_RPC, operation, 1, 8);
        Tape tape = tape_new(PROTOCOL_JSON_RPC, operation, 1, 8);

        counts_add(counts, count_played(server, operation, &first, &tape, play_singly, BATCHES),
                   "%s, one call in flight", operation->name);
        tape_deinit(&first);
        tape_deinit(&tape);
}

static void count_operation(const Server *server, const Operation *operation, size_t size,
                            Counts *counts) {
        Tape first = tape_new_first(PROTOCOL_JSON_RPC, operation, 0, size);
        Tape tape = tape_new(PROTOCOL_JSON_RPC, operation, 0, size);
        unsigned n = size <= 1024 ? BATCHES : 8;

        counts_add(counts, count_played(server, operation, &first, &tape, play, n),
                   size == 8 ? "%s" : "%s, %zu bytes", operation->name, size);
        tape_deinit(&first);
        tape_deinit(&tape);
}

static void count_daemon(Counts *counts) {
        static const size_t sizes[] = {1 << 10, 64 << 10, 1 << 20};
        Server server;

        server_start_shmgr(&server, true);
        for (unsigned i = 0; i < n_operations; i++)
                count_operation(&server, &operations[i], 8, counts);
        count_single(&server, operation_find("dict.get"), counts);
        for (unsigned i = 0; i < ELEMENTSOF(sizes); i++) {
                count_operation(&server, operation_find("dict.get"), sizes[i], counts);
                count_operation(&server, operation_find("dict.set"), sizes[i], counts);
        }
        server_stop(&server);
}

/* ---- The library: this program again, under callgrind, which reads its commands as lines */

static int run_client(const char *address) {
        Client client = client_new(address);
        unsigned i, is_raw, n;

        while (scanf("%u %u %u", &i, &is_raw, &n) == 3 && i < n_client_calls) {
                client_run(&client, &client_calls[i], is_raw, n);
                printf("\n");
                fflush(stdout);
        }
        client_deinit(&client);
        return 0;
}

typedef struct Child {
        pid_t pid;
        FILE *requests, *replies;
} Child;

static Child start_client(const Server *server, const char *self) {
        int to[2], from[2];
        char out[64];
        Child child;

        snprintf(out, sizeof(out), "--callgrind-out-file=%s/out", server->directory);
        if (pipe(to) < 0 || pipe(from) < 0 || (child.pid = fork()) < 0)
                bench_fail("fork", errno);
        if (child.pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                dup2(to[0], STDIN_FILENO);
                dup2(from[1], STDOUT_FILENO);
                close(to[1]);
                server_make_steady();
                execlp("valgrind", "valgrind", "-q", "--tool=callgrind", out, self, "--client",
                       server->path, (char *)NULL);
                _exit(127);
        }
        close(to[0]);
        close(from[1]);
        child.requests = fdopen(to[1], "w");
        child.replies = fdopen(from[0], "r");
        if (!child.requests || !child.replies)
                bench_fail("fdopen", errno);
        return child;
}

static void ask_client(const Child *child, unsigned i, bool is_raw, unsigned n) {
        fprintf(child->requests, "%u %u %u\n", i, is_raw, n);
        fflush(child->requests);
        if (fgetc(child->replies) != '\n')
                bench_fail("the client", EPROTO);
}

static double count_client(const Child *child, const Server *server, unsigned i, bool is_raw) {
        static unsigned n;
        char path[80];

        ask_client(child, i, is_raw, 20);
        tell_callgrind(child->pid, "zero");
        ask_client(child, i, is_raw, CALLS);
        tell_callgrind(child->pid, "dump");
        snprintf(path, sizeof(path), "%s/out.%u", server->directory, ++n);
        return read_total(path) / CALLS;
}

static void count_library(Counts *counts, const char *self) {
        Server server;

        server_start_shmgr(&server, false);
        Child child = start_client(&server, self);
        for (unsigned i = 0; i < n_client_calls; i++) {
                double raw = count_client(&child, &server, i, true);
                double library = count_client(&child, &server, i, false);
                counts_add(counts, library - raw, "libshmgr over the raw wire: %s",
                           client_calls[i].name);
        }
        fclose(child.requests);
        fclose(child.replies);
        waitpid(child.pid, NULL, 0);
        server_stop(&server);
}

int main(int argc, char **argv) {
        static Counts counts;

        if (argc == 3 && strcmp(argv[1], "--client") == 0)
                return run_client(argv[2]);
        if (system("valgrind --version >/dev/null 2>&1") != 0) {
                printf("valgrind is not installed: nothing is counted\n");
                return 0;
        }
        signal(SIGPIPE, SIG_IGN);
        count_daemon(&counts);
        count_library(&counts, argv[0]);
        counts_print(&counts, stdout);
        return argc == 3 && strcmp(argv[1], "--check") == 0 ? counts_check(&counts, argv[2]) : 0;
}
