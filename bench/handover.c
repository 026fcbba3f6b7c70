/* Hand-over of a contended lock: each session releases it as soon as it owns it, and waits again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/macros.h"
#include "bench.h"
#include "syscalls.h"

static const char acquire[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"lock.acquire\",\"params\":[\"contended\"],\"id\":1}\n";
static const char next[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"lock.release\",\"params\":[\"contended\"],\"id\":2}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"lock.acquire\",\"params\":[\"contended\"],\"id\":1}\n";

typedef struct Crowd {
        int epoll, *fds;
        unsigned n;
} Crowd;

static void say(int fd, const char *text, size_t n) {
        if (write(fd, text, n) != (ssize_t)n)
                bench_fail("write", errno);
}

static void open_lock(const Server *server) {
        static const char text[] = "{\"jsonrpc\":\"2.0\",\"method\":\"lock.open\",\"params\":{"
                                   "\"name\":\"contended\",\"create\":true},\"id\":1}\n";
        char reply[256];
        int fd = server_connect(server);

        say(fd, text, sizeof(text) - 1);
        if (read(fd, reply, sizeof(reply)) <= 0)
                bench_fail(server->name, errno);
        close(fd);
}

static Crowd crowd_new(const Server *server, unsigned n) {
        Crowd crowd = {.epoll = epoll_create1(EPOLL_CLOEXEC), .n = n};

        crowd.fds = calloc(n, sizeof(int));
        if (crowd.epoll < 0 || !crowd.fds)
                bench_fail("a crowd", ENOMEM);
        for (unsigned i = 0; i < n; i++) {
                struct epoll_event event = {.events = EPOLLIN};
                event.data.fd = crowd.fds[i] = server_connect(server);
                if (crowd.fds[i] < 0 ||
                    epoll_ctl(crowd.epoll, EPOLL_CTL_ADD, crowd.fds[i], &event) < 0)
                        bench_fail(server->name, errno);
                say(crowd.fds[i], acquire, sizeof(acquire) - 1);
        }
        return crowd;
}

static void crowd_deinit(Crowd *crowd) {
        for (unsigned i = 0; i < crowd->n; i++)
                close(crowd->fds[i]);
        close(crowd->epoll);
        free(crowd->fds);
}

/* Returns whether these replies contain a grant. The reply to a release may come before it. */
static bool has_grant(const char *text) {
        if (strstr(text, "\"error\"")) {
                fprintf(stderr, "bench: hand-over: %s", text);
                bench_fail("hand-over", EPROTO);
        }
        return strstr(text, "\"token\"") != NULL;
}

/* Hands the lock over n times. */
static void hand_over(const Crowd *crowd, unsigned n) {
        struct epoll_event events[16];
        char reply[4096];

        while (n > 0) {
                int n_events = epoll_wait(crowd->epoll, events, 16, 10000);
                if (n_events <= 0)
                        bench_fail("nobody gets the lock", ETIMEDOUT);
                for (int i = 0; i < n_events; i++) {
                        ssize_t n_read = read(events[i].data.fd, reply, sizeof(reply) - 1);
                        if (n_read <= 0)
                                bench_fail("hand-over", ECONNRESET);
                        reply[n_read] = '\0';
                        if (!has_grant(reply))
                                continue;
                        say(events[i].data.fd, next, sizeof(next) - 1);
                        n -= n > 0;
                }
        }
}

static void measure(Bench *bench, const Crowd *crowd, Row *row) {
        const unsigned n = bench->is_quick ? 500 : 3000;
        uint64_t sleeps = server_sleeps(&bench->shmgr);
        int64_t cpu_ns = server_cpu_ns(&bench->shmgr), begin_ns = bench_now_ns();

        hand_over(crowd, n);
        row_add(row, "elapsed", "us", (double)(bench_now_ns() - begin_ns) / n / 1e3);
        row_add(row, "processor", "us", (double)(server_cpu_ns(&bench->shmgr) - cpu_ns) / n / 1e3);
        row_add(row, "wake-ups", "", (double)(server_sleeps(&bench->shmgr) - sleeps) / n);
}

static void count_calls(Bench *bench, const Crowd *crowd, Row *row) {
        enum { N = 300 };
        Syscalls *counter = syscalls_begin(bench->shmgr.pid);

        if (!counter) {
                row->note = "system calls cannot be counted here";
                return;
        }
        hand_over(crowd, N);
        row_add(row, "system calls", "", (double)syscalls_end(counter) / N);
}

void bench_handover(Bench *bench) {
        static const unsigned sizes[] = {2, 50, 1000};

        open_lock(&bench->shmgr);
        for (unsigned i = 0; i < ELEMENTSOF(sizes); i++) {
                Row *row = report_row(&bench->report,
                                      "hand-over of a contended lock: of the daemon, for each "
                                      "(Redis has no lock that waits)",
                                      "%u waiters", sizes[i]);
                Crowd crowd = crowd_new(&bench->shmgr, sizes[i]);
                hand_over(&crowd, 100);
                for (unsigned round = 0; round < bench->n_rounds; round++)
                        measure(bench, &crowd, row);
                count_calls(bench, &crowd, row);
                crowd_deinit(&crowd);
                report_print(&bench->report, row);
        }
}
