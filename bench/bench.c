/* make bench: measures the daemon, redis-server, an echo and others, prints the figures, and writes them as JSON and
 * as charts. Without Redis or Python, the rows that compare with these say so.
 *
 * bench/bench [--quick] [--only SECTION] [--json FILE] [--charts DIRECTORY] [--document FILE] */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/macros.h"
#include "bench.h"
#include "chart.h"
#include "goals.h"
#include "machine.h"

typedef struct Section {
        const char *name;
        void (*run)(Bench *bench);
} Section;

static const Section sections[] = {
        {"calls", bench_calls},     {"library", bench_library}, {"handover", bench_handover},
        {"crowds", bench_crowds},   {"growth", bench_growth},   {"others", bench_others},
        {"durable", bench_durable},
};

static void on_signal(int number) {
        servers_stop();
        _exit(128 + number);
}

static void raise_descriptor_limit(void) {
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return;
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
}

static void write_json(const Bench *bench, FILE *file) {
        report_write_json(&bench->report, file);
}

/* The generated part of doc/performance.md: the machine, the goals, and all figures. */
static void write_document(const Bench *bench, FILE *file) {
        const char *srcdir = getenv("srcdir");
        char text[512];

        machine_describe(text, sizeof(text));
        fprintf(file, "%s. %u rounds of %.0f ms each.\n", text, bench->n_rounds,
                bench->round_seconds * 1e3);
        snprintf(text, sizeof(text), "%s/bench/instructions.txt", srcdir ? srcdir : ".");
        goals_write(&bench->report, text, file);
        report_write_tables(&bench->report, file);
}

static void write_file(const char *path, const Bench *bench,
                       void (*write)(const Bench *bench, FILE *file)) {
        FILE *file = fopen(path, "we");

        if (!file)
                bench_fail(path, errno);
        write(bench, file);
        if (fclose(file) != 0)
                bench_fail(path, errno);
}

static void start_servers(Bench *bench) {
        server_start_shmgr(&bench->shmgr, false);
        bench->has_redis = server_start_redis(&bench->redis);
}

static void stop_servers(Bench *bench) {
        server_stop(&bench->shmgr);
        server_stop(&bench->redis);
}

void bench_renew_servers(Bench *bench) {
        stop_servers(bench);
        start_servers(bench);
}

static void run_section(Bench *bench, const Section *section) {
        start_servers(bench);
        section->run(bench);
        stop_servers(bench);
}

static void run(Bench *bench, const char *only) {
        char machine[512];

        machine_describe(machine, sizeof(machine));
        printf("%s\n%u rounds of %.0f ms each, interleaved; medians, with the range in brackets\n",
               machine, bench->n_rounds, bench->round_seconds * 1e3);
        bench_pin(true);
        for (unsigned i = 0; i < ELEMENTSOF(sections); i++)
                if (!only || strcmp(only, sections[i].name) == 0)
                        run_section(bench, &sections[i]);
}

int main(int argc, char **argv) {
        static const struct option options[] = {{"quick", no_argument, NULL, 'q'},
                                                {"only", required_argument, NULL, 'o'},
                                                {"json", required_argument, NULL, 'j'},
                                                {"charts", required_argument, NULL, 'c'},
                                                {"document", required_argument, NULL, 'd'},
                                                {0}};
        static Bench bench = {.n_rounds = 15, .round_seconds = 0.1};
        const char *only = NULL, *json = NULL, *charts = NULL, *document = NULL;

        for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
                switch (c) {
                case 'q':
                        bench.is_quick = true;
                        bench.n_rounds = 5;
                        bench.round_seconds = 0.03;
                        break;
                case 'o':
                        only = optarg;
                        break;
                case 'j':
                        json = optarg;
                        break;
                case 'c':
                        charts = optarg;
                        break;
                case 'd':
                        document = optarg;
                        break;
                default:
                        return 2;
                }
        }
        signal(SIGINT, on_signal);
        signal(SIGTERM, on_signal);
        signal(SIGPIPE, SIG_IGN);
        raise_descriptor_limit();
        run(&bench, only);
        if (json)
                write_file(json, &bench, write_json);
        if (document)
                write_file(document, &bench, write_document);
        if (charts)
                charts_write(charts, &bench.report);
        return 0;
}
