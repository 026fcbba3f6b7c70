/* shmgrctl bench: measures calls per second, and how long one takes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "bench.h"
#include "command.h"
#include "commands.h"
#include "json/json-util.h"
#include "print.h"
#include "status.h"

enum { CLIENTS, TIME };
enum { CLIENTS_MOST = 1000, TIME_MOST_MS = 3600 * 1000 };

static const Option bench_options[] = {
        [CLIENTS] = {.name = "clients",
                     .letter = 'c',
                     .kind = OPTION_COUNT,
                     .value = "N",
                     .help = "so many at once (1)"},
        [TIME] = {.name = "time",
                  .letter = 't',
                  .kind = OPTION_TIME,
                  .value = "TIME",
                  .least_ms = 1,
                  .most_ms = TIME_MOST_MS,
                  .help = "how long to measure each of them (1s)"},
        {0},
};

static const BenchCase *find_case(const char *name) {
        const BenchCase *what = bench_cases;

        while (what->name && strcmp(what->name, name) != 0)
                what++;
        return what->name ? what : NULL;
}

static int check_words(const Arguments *arguments) {
        for (int i = 0; i < arguments->n_words; i++)
                if (!find_case(arguments->words[i]))
                        return status_usage(
                                "bench: unknown benchmark '%s'; see 'shmgrctl bench --help'",
                                arguments->words[i]);
        return STATUS_OK;
}

static int print_result_json(const Bench *bench, const BenchCase *what, const BenchResult *result) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || json_put_string(o, "bench", what->name) < 0 ||
            json_put_int(o, "clients", bench->n_clients) < 0 ||
            json_put_int(o, "calls", what->n_calls) < 0 ||
            json_put(o, "ops_per_s", json_object_new_double(result->ops_per_s)) < 0 ||
            json_put(o, "p50_us", json_object_new_double(result->p50_us)) < 0 ||
            json_put(o, "p99_us", json_object_new_double(result->p99_us)) < 0 ||
            json_put(o, "max_us", json_object_new_double(result->max_us)) < 0)
                return -ENOMEM;
        return print_json(o);
}

static void print_head(void) {
        printf("%-10s %12s %12s %10s %10s %10s\n", "BENCH", "OPS/S", "CALLS/S", "P50 US", "P99 US",
               "MAX US");
}

static int print_result(const Ctl *ctl, const Bench *bench, const BenchCase *what,
                        const BenchResult *result) {
        int r = 0;

        if (ctl->is_json)
                r = print_result_json(bench, what, result);
        else
                printf("%-10s %12.0f %12.0f %10.1f %10.1f %10.1f\n", what->name, result->ops_per_s,
                       result->ops_per_s * what->n_calls, result->p50_us, result->p99_us,
                       result->max_us);
        return r < 0 ? r : fflush(stdout) == 0 ? 0 : -errno;
}

static int run_case(Ctl *ctl, const Bench *bench, const BenchCase *what) {
        BenchResult result;
        int r = bench_run(bench, what, &result);

        if (r == 0)
                r = print_result(ctl, bench, what, &result);
        return r < 0 ? status_failure(what->name, r) : STATUS_OK;
}

static int run_cases(Ctl *ctl, const Bench *bench, const Arguments *arguments) {
        int status = STATUS_OK;

        if (!ctl->is_json)
                print_head();
        for (int i = 0; i < arguments->n_words && status == STATUS_OK; i++)
                status = run_case(ctl, bench, find_case(arguments->words[i]));
        for (const BenchCase *what = bench_cases;
             arguments->n_words == 0 && what->name && status == STATUS_OK; what++)
                status = run_case(ctl, bench, what);
        return status;
}

static int bench(Ctl *ctl, const Arguments *arguments) {
        Bench bench = {.manager = ctl->manager,
                       .n_clients = arguments_count(arguments, CLIENTS, 1),
                       .duration_ns = arguments_ms(arguments, TIME, 1000) * 1000000};
        int r = bench_begin(&bench);

        if (r < 0)
                return ctl_explain(ctl, "bench", r);
        int status = run_cases(ctl, &bench, arguments);
        bench_end(&bench);
        return status;
}

static int bench_command(Ctl *ctl, int argc, char **argv) {
        CLEANUP(json_putp) struct json_object *pong = NULL;
        Arguments arguments;
        int status = arguments_read(ctl, &command_bench, argc, argv, &arguments);

        if (status == STATUS_OK)
                status = check_words(&arguments);
        if (status != STATUS_OK)
                return status;
        if (arguments_count(&arguments, CLIENTS, 1) > CLIENTS_MOST)
                return status_usage("bench: --clients must be at most %d", CLIENTS_MOST);
        /* Connects first: an unreachable daemon is reported once, not by each client. */
        status = ctl_call(ctl, "server.ping", NULL, &pong);
        return status == STATUS_OK ? bench(ctl, &arguments) : status;
}

const Command command_bench = {
        .name = "bench",
        .arguments = "[OPTION...] [WHAT...]",
        .help = "measure how many calls the daemon serves in a second",
        .options = bench_options,
        .max_words = 100,
        .completes = COMPLETE_CHOICES,
        .types = "ping counter set get lock contend queue pipeline",
        .details = "WHAT is one or more of these; without it all are measured:\n"
                   "  ping      server.ping\n"
                   "  counter   counter.add, all the same counter\n"
                   "  set       dict.set, all the same key\n"
                   "  get       dict.get\n"
                   "  lock      lock.acquire and release, each its own\n"
                   "  contend   lock.acquire and release, all the same\n"
                   "  queue     queue.put and get\n"
                   "  pipeline  100 times counter.add, sent at once\n"
                   "Each client is a thread with a session of its own. The objects are anonymous\n"
                   "and go with it. Percentiles are of an operation, within 7 %.\n",
        .run = bench_command,
};
