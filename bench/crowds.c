/* Memory of the server for idle sessions, and for waiting calls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"

static unsigned open_many(const Server *server, int *fds, unsigned n) {
        struct rlimit limit;

        getrlimit(RLIMIT_NOFILE, &limit);
        if (n > limit.rlim_cur - 100)
                n = (unsigned)limit.rlim_cur - 100;
        for (unsigned i = 0; i < n; i++)
                if ((fds[i] = server_connect(server)) < 0)
                        return i;
        return n;
}

static void close_many(const int *fds, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                close(fds[i]);
}

/* Calls each connection and waits for the reply: after that the server has accepted all of them. */
static void ask_each(const Server *server, const int *fds, unsigned n) {
        const char *text = server->protocol == PROTOCOL_RESP
                                   ? "PING\r\n"
                                   : "{\"jsonrpc\":\"2.0\",\"method\":\"server.ping\",\"id\":1}\n";
        char reply[256];

        for (unsigned i = 0; i < n; i++)
                if (write(fds[i], text, strlen(text)) < 0 ||
                    read(fds[i], reply, sizeof(reply)) <= 0)
                        bench_fail(server->name, errno);
}

static void measure_idle(const Server *server, Row *row, unsigned n_wanted) {
        int *fds = calloc(n_wanted, sizeof(int));
        uint64_t before = server_memory(server);

        if (!fds)
                bench_fail("memory", ENOMEM);
        unsigned n = open_many(server, fds, n_wanted);
        if (n == 0)
                bench_fail(server->name, errno);
        ask_each(server, fds, n);
        row_add(row, server->name, "bytes", (double)(server_memory(server) - before) / n);
        if (n < n_wanted)
                row->note = "fewer, since there may not be so many descriptors here";
        close_many(fds, n);
        free(fds);
}

static void say(int fd, const char *text) {
        if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
                bench_fail("write", errno);
}

/* Each session sends its waits before a call that returns at once: after the reply to that one, all waits are parked. */
static void wait_in_session(const Server *server, int fd, unsigned n) {
        char text[128];

        for (unsigned i = 0; i < n; i++) {
                snprintf(text, sizeof(text),
                         "{\"jsonrpc\":\"2.0\",\"method\":\"event.wait\",\"params\":[\"awaited\"],"
                         "\"id\":%u}\n",
                         i + 2);
                say(fd, text);
        }
        ask_each(server, &fd, 1);
}

static void measure_waiters(const Server *server, Row *row, unsigned n) {
        enum { SESSIONS = 20 };
        int fds[SESSIONS];

        if (open_many(server, fds, SESSIONS) < SESSIONS)
                bench_fail(server->name, errno);
        say(fds[0],
            "{\"jsonrpc\":\"2.0\",\"method\":\"event.open\",\"params\":{\"name\":\"awaited\","
            "\"create\":true},\"id\":1}\n");
        if (read(fds[0], (char[256]){0}, 256) <= 0)
                bench_fail(server->name, errno);
        ask_each(server, fds, SESSIONS);
        uint64_t before = server_memory(server);
        for (unsigned i = 0; i < SESSIONS; i++)
                wait_in_session(server, fds[i], n / SESSIONS);
        row_add(row, server->name, "bytes", (double)(server_memory(server) - before) / n);
        close_many(fds, SESSIONS);
}

/* Measures in a new daemon: waiters would reuse the memory that earlier measurements have freed. */
static void measure_waiters_alone(Row *row, unsigned n) {
        Server server = {0};

        server_start_shmgr(&server, false);
        measure_waiters(&server, row, n);
        server_stop(&server);
}

void bench_crowds(Bench *bench) {
        static const char section[] = "memory of the server for each";
        unsigned n_idle = bench->is_quick ? 700 : 7000, n_waiters = bench->is_quick ? 1000 : 10000;
        Row *row = report_row(&bench->report, section, "%u idle sessions", n_idle);

        measure_idle(&bench->shmgr, row, n_idle);
        if (bench->has_redis)
                measure_idle(&bench->redis, row, n_idle);
        report_print(&bench->report, row);
        row = report_row(&bench->report, section, "%u waiting calls of 20 sessions", n_waiters);
        row->note = "Redis: a blocked client is a connection of its own";
        measure_waiters_alone(row, n_waiters);
        report_print(&bench->report, row);
}
