/* Other ways to share between processes: Python's Manager, and the semaphores of the kernel. */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/macros.h"
#include "bench.h"
#include "client.h"

enum { STATS_BYTES = 64 << 10 };

typedef struct Python {
        FILE *requests, *replies;
        pid_t pid;
} Python;

static bool python_start(Python *p) {
        const char *srcdir = getenv("srcdir");
        int to[2], from[2];
        char path[4096];

        snprintf(path, sizeof(path), "%s/bench/manager.py", srcdir ? srcdir : ".");
        if (pipe(to) < 0 || pipe(from) < 0)
                bench_fail("pipe", errno);
        fflush(NULL);
        p->pid = fork();
        if (p->pid < 0)
                bench_fail("fork", errno);
        if (p->pid == 0) {
                char processor[16];
                prctl(PR_SET_PDEATHSIG, SIGTERM);
                snprintf(processor, sizeof(processor), "%d", bench_server_processor());
                setenv("BENCH_MANAGER_CPU", processor, 1);
                dup2(to[0], STDIN_FILENO);
                dup2(from[1], STDOUT_FILENO);
                close(to[1]);
                close(from[0]);
                execlp("python3", "python3", path, (char *)NULL);
                _exit(127);
        }
        close(to[0]);
        close(from[1]);
        p->requests = fdopen(to[1], "w");
        p->replies = fdopen(from[0], "r");
        return p->requests && p->replies && fgetc(p->replies) == '\n';
}

static void python_stop(Python *p) {
        fclose(p->requests);
        fclose(p->replies);
        waitpid(p->pid, NULL, 0);
}

/* Returns the elapsed microseconds for an operation. */
static double python_run(const Python *p, unsigned kind, unsigned n) {
        double us = 0;

        fprintf(p->requests, "%u %u\n", kind, n);
        fflush(p->requests);
        if (fscanf(p->replies, "%lf", &us) != 1)
                bench_fail("python3", EPROTO);
        return us;
}

static double library_run(const Client *client, const ClientCall *call, unsigned n) {
        int64_t begin_ns = bench_now_ns();

        client_run(client, call, false, n);
        return (double)(bench_now_ns() - begin_ns) / n / 1e3;
}

static const ClientCall *find_call(const char *name) {
        for (unsigned i = 0; i < n_client_calls; i++)
                if (strcmp(client_calls[i].name, name) == 0)
                        return &client_calls[i];
        return NULL;
}

/* Returns how many spins of the daemon a call ended. */
static double count_spin_hits(const Server *server) {
        static char stats[STATS_BYTES];
        static const char member[] = "\"spin_hits\":";

        server_read_stats(server, stats, sizeof(stats));
        const char *found = strstr(stats, member);
        return found ? strtod(found + sizeof(member) - 1, NULL) : 0;
}

/* The processors of the client and of the servers. The daemon and the library spin only if they may use two: with PLACE_SPINNING
 * the servers may use all, and the client is bound to the first after it has opened its manager. */
typedef enum Place {
        PLACE_TOGETHER,
        PLACE_APART,
        PLACE_SPINNING,
} Place;

static const char *const place_names[] = {"one processor", "two processors",
                                          "two processors, spinning"};

static void place_servers(Place place) {
        if (place != PLACE_SPINNING)
                bench_pin(place == PLACE_APART);
        else
                bench_unpin();
}

static Client open_client(Place place, const Server *server) {
        if (place == PLACE_SPINNING)
                setenv("SHMGR_SPIN", "1", true);
        Client client = client_new(server->path);
        unsetenv("SHMGR_SPIN");
        if (place == PLACE_SPINNING)
                bench_pin(true);
        return client;
}

/* Calls that spin are so short that the first ones of a round, which wake the daemon, would count for much. */
static double run_round(Place place, const Client *client, const ClientCall *call, unsigned n) {
        if (place == PLACE_SPINNING) {
                n *= 5;
                client_run(client, call, false, n);
        }
        return library_run(client, call, n);
}

static void compare(Bench *bench, Place place) {
        static const char *const names[] = {"dict.get", "lock acquire + release",
                                            "queue put + get"};
        const unsigned n = bench->is_quick ? 100 : 500;
        Server server;
        Python python;

        place_servers(place);
        bool has_python = python_start(&python);
        server_start_shmgr(&server, false);
        Client client = open_client(place, &server);
        for (unsigned i = 0; i < ELEMENTSOF(names); i++) {
                Row *row = report_row(&bench->report,
                                      "elapsed time of a call, beside Python's Manager", "%s, %s",
                                      names[i], place_names[place]);
                double hits = count_spin_hits(&server);
                if (!has_python)
                        row->note = "python3 does not run here: not compared";
                for (unsigned round = 0; round < bench->n_rounds; round++) {
                        row_add(row, "libshmgr", "us",
                                run_round(place, &client, find_call(names[i]), n));
                        if (has_python)
                                row_add(row, "Manager", "us", python_run(&python, i, n));
                }
                row_add_ratio(row, "times faster", "Manager", "libshmgr");
                if (place == PLACE_SPINNING)
                        row_add(row, "spins with a call", "",
                                (count_spin_hits(&server) - hits) / (10 * n * bench->n_rounds));
                report_print(&bench->report, row);
        }
        client_deinit(&client);
        server_stop(&server);
        python_stop(&python);
        bench_pin(true);
}

/* ---- POSIX semaphores in shared memory */

static void play(sem_t *semaphores, unsigned n, unsigned mine) {
        for (unsigned i = 0; i < n; i++) {
                while (sem_wait(&semaphores[mine]) < 0)
                        ;
                sem_post(&semaphores[!mine]);
        }
}

static void measure_semaphores(Row *pair, Row *handover, sem_t *semaphores) {
        enum { N = 3000 };
        int64_t begin_ns = bench_now_ns();

        for (unsigned i = 0; i < N; i++) {
                sem_post(&semaphores[0]);
                sem_wait(&semaphores[0]);
        }
        row_add(pair, "elapsed", "us", (double)(bench_now_ns() - begin_ns) / N / 1e3);
        fflush(NULL);
        pid_t pid = fork();
        if (pid < 0)
                bench_fail("fork", errno);
        if (pid == 0) {
                play(semaphores, N, 1);
                _exit(0);
        }
        sem_post(&semaphores[0]);
        play(semaphores, 100, 0);
        begin_ns = bench_now_ns();
        play(semaphores, N - 100, 0);
        row_add(handover, "elapsed", "us",
                (double)(bench_now_ns() - begin_ns) / (2 * (N - 100)) / 1e3);
        waitpid(pid, NULL, 0);
        sem_wait(&semaphores[0]);
}

static void bench_semaphores(Bench *bench) {
        static const char section[] =
                "POSIX semaphores in shared memory (of no owner, no name, no queue)";
        Row *pair = report_row(&bench->report, section, "post + wait, nobody waits");
        Row *handover = report_row(&bench->report, section, "hand-over between two processes");
        sem_t *semaphores = mmap(NULL, 2 * sizeof(sem_t), PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

        if (semaphores == MAP_FAILED || sem_init(&semaphores[0], 1, 0) < 0 ||
            sem_init(&semaphores[1], 1, 0) < 0)
                bench_fail("semaphores", errno);
        for (unsigned round = 0; round < bench->n_rounds; round++)
                measure_semaphores(pair, handover, semaphores);
        munmap(semaphores, 2 * sizeof(sem_t));
        report_print(&bench->report, pair);
        report_print(&bench->report, handover);
}

void bench_others(Bench *bench) {
        compare(bench, PLACE_TOGETHER);
        compare(bench, PLACE_APART);
        compare(bench, PLACE_SPINNING);
        bench_semaphores(bench);
}
