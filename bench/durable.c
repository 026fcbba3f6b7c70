/* Changes of durable objects. Redis and the daemon write to the same file system, in rounds that alternate.
 *
 * Redis writes and syncs once for all commands that it has received, as the daemon does for the calls that arrive during a sync. So
 * both rates grow with the number of callers. */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/macros.h"
#include "bench.h"
#include "load.h"

enum { SHMGR, REDIS, MAX_SERVERS, STATS_BYTES = 64 << 10 };

/* The number of callers; each has one call in flight. A quick run leaves out the last. */
static const unsigned callers[] = {1, 16, 128};

typedef struct Group {
        Row *row;
        Load loads[MAX_SERVERS];
} Group;

/* Rounds are longer than those of other sections: a sync takes milliseconds, and changes of `async` objects are written every 100 ms. */
static double length_of_rounds(const Bench *bench) {
        return bench->is_quick ? 0.05 : 0.3;
}

static unsigned number_of_rounds(const Bench *bench) {
        return bench->is_quick ? 3 : bench->n_rounds;
}

static Operation operation_of(const char *name, const char *options) {
        Operation operation = *operation_find(name);

        operation.options = options;
        return operation;
}

static const char *find_note(const Server *servers, unsigned n_servers) {
        struct statfs fs;

        if (n_servers < MAX_SERVERS)
                return "Redis is not installed: not compared";
        if (statfs(servers[SHMGR].directory, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
                return "/var/tmp is in memory: a sync takes no time";
        return NULL;
}

/* ---- `sync` beside Redis */

static void run_group(const Bench *bench, Group *group, const Server *servers, unsigned n_servers,
                      unsigned round, double *single_rate) {
        double rates[MAX_SERVERS] = {0};

        for (unsigned i = 0; i < n_servers; i++) {
                unsigned k = (round + i) % n_servers;
                LoadResult result =
                        load_run(&group->loads[k], &servers[k], length_of_rounds(bench));
                rates[k] = result.calls / result.seconds;
        }
        row_add(group->row, "shmgrd", "/s", rates[SHMGR]);
        if (n_servers > REDIS)
                row_add(group->row, "Redis", "/s", rates[REDIS]);
        if (*single_rate == 0)
                *single_rate = rates[SHMGR];
        else
                row_add(group->row, "times one caller", "", rates[SHMGR] / *single_rate);
}

static void measure_sync(Bench *bench, const Server *servers, unsigned n_servers) {
        const Operation operation = operation_of("counter.add", ",\"durable\":\"sync\"");
        const unsigned n = bench->is_quick ? ELEMENTSOF(callers) - 1 : ELEMENTSOF(callers);
        Group groups[ELEMENTSOF(callers)];

        for (unsigned i = 0; i < n; i++) {
                groups[i].row = report_row(&bench->report,
                                           "changes of `sync` objects a second, beside Redis with "
                                           "appendfsync always (callers with one call in flight)",
                                           "counter.add, %u x 1", callers[i]);
                groups[i].row->note = find_note(servers, n_servers);
                for (unsigned k = 0; k < n_servers; k++) {
                        groups[i].loads[k] =
                                load_new(servers[k].protocol, &operation, 8, callers[i], 1);
                        load_prepare(&groups[i].loads[k], &servers[k]);
                }
        }
        for (unsigned round = 0; round < number_of_rounds(bench); round++) {
                double single_rate = 0;
                for (unsigned i = 0; i < n; i++)
                        run_group(bench, &groups[i], servers, n_servers, round, &single_rate);
        }
        for (unsigned i = 0; i < n; i++) {
                row_add_ratio(groups[i].row, "ratio to Redis", "shmgrd", "Redis");
                report_print(&bench->report, groups[i].row);
                for (unsigned k = 0; k < n_servers; k++)
                        load_deinit(&groups[i].loads[k]);
        }
}

static void bench_sync(Bench *bench) {
        static Server servers[MAX_SERVERS];

        server_start_durable_shmgr(&servers[SHMGR]);
        measure_sync(bench, servers, server_start_durable_redis(&servers[REDIS]) ? 2 : 1);
        server_stop(&servers[SHMGR]);
        server_stop(&servers[REDIS]);
}

/* ---- `async` beside objects in memory alone */

/* Waits until the disk has all changes, so that the writing of a round does not take time of the next one. */
static void wait_for_disk(const Server *server) {
        static char stats[STATS_BYTES];

        for (int i = 0; i < 1000; i++) {
                server_read_stats(server, stats, sizeof(stats));
                if (strstr(stats, "\"unsynced\":false"))
                        return;
                nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        }
        bench_fail("changes are not written", ETIMEDOUT);
}

static void run_async(const Bench *bench, Row *row, const Server *server, const Load *load,
                      const char *cost_label, const char *rate_label) {
        LoadResult result = load_run(load, server, length_of_rounds(bench));

        row_add(row, cost_label, "us", result.server_seconds / result.calls * 1e6);
        row_add(row, rate_label, "/s", result.calls / result.seconds);
        wait_for_disk(server);
}

static void compare_async(Bench *bench, const Server *server, const char *name) {
        const Operation kinds[] = {operation_of(name, ",\"durable\":\"async\""),
                                   operation_of(name, ",\"durable\":\"no\"")};
        Load loads[2];
        Row *row = report_row(&bench->report,
                              "cost of `async`: processor time of the daemon for an operation, and "
                              "operations a second, beside objects with `durable` `no`",
                              "%s, 8 B, 50 x 16", name);

        for (unsigned i = 0; i < 2; i++) {
                loads[i] = load_new(server->protocol, &kinds[i], 8, 50, 16);
                load_prepare(&loads[i], server);
        }
        wait_for_disk(server);
        for (unsigned round = 0; round < number_of_rounds(bench); round++)
                for (unsigned i = 0; i < 2; i++)
                        if ((round + i) % 2 == 0)
                                run_async(bench, row, server, &loads[0], "async", "async rate");
                        else
                                run_async(bench, row, server, &loads[1], "no", "rate");
        row_add_ratio(row, "processor time, ratio", "async", "no");
        row_add_ratio(row, "rate, ratio", "async rate", "rate");
        report_print(&bench->report, row);
        for (unsigned i = 0; i < 2; i++)
                load_deinit(&loads[i]);
}

static void bench_async(Bench *bench) {
        static Server server;

        server_start_durable_shmgr(&server);
        compare_async(bench, &server, "counter.add");
        if (!bench->is_quick)
                compare_async(bench, &server, "dict.set");
        server_stop(&server);
}

void bench_durable(Bench *bench) {
        if (!HAVE_SQLITE) {
                Row *row = report_row(&bench->report, "changes of `sync` objects a second",
                                      "counter.add");
                row->note = "the daemon was built without SQLite: not measured";
                report_print(&bench->report, row);
                return;
        }
        bench_sync(bench);
        bench_async(bench);
}
