/* Calls: equal work over sockets of one kind, for the daemon, Redis, and an echo of the daemon's bytes. */
#include "base/macros.h"
#include "bench.h"
#include "echo.h"
#include "load.h"

typedef struct Case {
        const char *operation;
        size_t size;
        unsigned n_connections, n_in_flight;
        bool is_long; /* not in a quick run */
} Case;

enum { KIB = 1024, MIB = 1024 * KIB, MAX_SIDES = 3 };

static const Case cases[] = {
        {"dict.get", 8, 1, 1},
        {"dict.set", 8, 1, 1, true},
        {"lock acquire + release", 8, 1, 1, true},
        {"dict.get", 8, 50, 16},
        {"dict.set", 8, 50, 16},
        {"dict.add", 8, 50, 16},
        {"counter.add", 8, 50, 16, true},
        {"9 dict.get, 1 dict.set", 8, 50, 16, true},
        {"namespace.get", 8, 50, 16, true},
        {"list append + pop", 8, 50, 16},
        {"queue put + get", 8, 50, 16},
        {"set add + discard", 8, 50, 16, true},
        {"lock acquire + release", 8, 50, 16},
        {"semaphore acquire + release", 8, 50, 16, true},
        {"event.is_set", 8, 50, 16, true},
        {"dict.get", KIB, 50, 16},
        {"dict.set", KIB, 50, 16},
        {"dict.get", 64 * KIB, 8, 4},
        {"dict.set", 64 * KIB, 8, 4},
        {"dict.get", MIB, 4, 1},
        {"dict.set", MIB, 4, 1},
};

static const struct Labels {
        const char *cost, *rate, *p50, *p99, *max;
} labels[MAX_SIDES] = {
        {"shmgrd", "shmgrd", "shmgrd p50", "shmgrd p99", "shmgrd max"},
        {"Redis", "Redis", "Redis p50", "Redis p99", "Redis max"},
        {"echo", "echo", "echo p50", "echo p99", "echo max"},
};

/* One server of a case. */
typedef struct Side {
        const struct Labels *labels;
        const Server *server;
        Load load;
        Histogram latencies;
} Side;

typedef struct Rows {
        Row *cost, *rate, *latency;
} Rows;

static void side_init(Side *side, unsigned i, const Server *server, const Case *c) {
        *side = (Side){.labels = &labels[i], .server = server};
        side->load = load_new(server->protocol, operation_find(c->operation), c->size,
                              c->n_connections, c->n_in_flight);
}

static void side_run(Side *side, const Rows *rows, double seconds) {
        LoadResult result = load_run(&side->load, side->server, seconds);
        double n = result.calls / side->load.operation->calls;

        row_add(rows->cost, side->labels->cost, "us", result.server_seconds / n * 1e6);
        row_add(rows->rate, side->labels->rate, "/s", n / result.seconds);
        histogram_merge(&side->latencies, &result.latencies);
}

static void side_end(Side *side, Row *latency) {
        const Histogram *h = &side->latencies;

        row_add(latency, side->labels->p50, "us", (double)histogram_quantile(h, 0.5) / 1e3);
        row_add(latency, side->labels->p99, "us", (double)histogram_quantile(h, 0.99) / 1e3);
        row_add(latency, side->labels->max, "us", (double)h->max_ns / 1e3);
        load_deinit(&side->load);
}

static void run_case(Bench *bench, const Case *c, const Rows *rows) {
        static Side sides[MAX_SIDES];
        Server echo;
        unsigned n = 0;

        side_init(&sides[n++], 0, &bench->shmgr, c);
        if (!bench->has_redis)
                rows->cost->note = "Redis is not installed: not compared";
        else if (sides[0].load.operation->no_redis)
                rows->cost->note = sides[0].load.operation->no_redis;
        else
                side_init(&sides[n++], 1, &bench->redis, c);
        for (unsigned i = 0; i < n; i++)
                load_prepare(&sides[i].load, sides[i].server);
        server_start_child(&echo, "echo", echo_run, &sides[0].load.tapes[0]);
        side_init(&sides[n++], 2, &echo, c);
        for (unsigned round = 0; round < bench->n_rounds; round++)
                for (unsigned i = 0; i < n; i++)
                        side_run(&sides[(round + i) % n], rows, bench->round_seconds);
        for (unsigned i = 0; i < n; i++)
                side_end(&sides[i], rows->latency);
        server_stop(&echo);
        row_add_ratio(rows->cost, "ratio to Redis", "shmgrd", "Redis");
        row_add_ratio(rows->cost, "to echo", "shmgrd", "echo");
        report_print(&bench->report, rows->cost);
}

static Row *new_row(Bench *bench, const char *section, const Case *c) {
        char size[32];

        if (c->size >= MIB)
                snprintf(size, sizeof(size), "%zu MiB", c->size / MIB);
        else if (c->size >= KIB)
                snprintf(size, sizeof(size), "%zu KiB", c->size / KIB);
        else
                snprintf(size, sizeof(size), "%zu B", c->size);
        return report_row(&bench->report, section, "%s, %s, %u x %u", c->operation, size,
                          c->n_connections, c->n_in_flight);
}

void bench_calls(Bench *bench) {
        Rows rows[ELEMENTSOF(cases)];
        unsigned n = 0, chosen[ELEMENTSOF(cases)];

        for (unsigned i = 0; i < ELEMENTSOF(cases); i++)
                if (!bench->is_quick || !cases[i].is_long)
                        chosen[n++] = i;
        for (unsigned i = 0; i < n; i++)
                rows[i].cost = new_row(bench,
                                       "processor time of the server for an operation (value, "
                                       "connections x calls in flight)",
                                       &cases[chosen[i]]);
        for (unsigned i = 0; i < n; i++)
                rows[i].rate = new_row(bench, "operations a second, one load generator",
                                       &cases[chosen[i]]);
        for (unsigned i = 0; i < n; i++)
                rows[i].latency = new_row(bench, "latency of a call", &cases[chosen[i]]);
        for (unsigned i = 0; i < n; i++)
                run_case(bench, &cases[chosen[i]], &rows[i]);
        for (unsigned i = 0; i < n; i++)
                report_print(&bench->report, rows[i].rate);
        for (unsigned i = 0; i < n; i++)
                report_print(&bench->report, rows[i].latency);
}
