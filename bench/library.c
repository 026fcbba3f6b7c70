/* The library and the raw wire: a call is made through libshmgr, and its bytes are sent and received without it. */
#include <errno.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "bench.h"
#include "client.h"

static int64_t cpu_ns(void) {
        struct timespec t;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void run_round(const Client *client, const ClientCall *call, bool is_raw, Row *row,
                      unsigned n) {
        int64_t begin_ns = bench_now_ns(), begin_cpu_ns = cpu_ns();

        client_run(client, call, is_raw, n);
        double elapsed = (double)(bench_now_ns() - begin_ns) / n / 1e3;
        double cpu = (double)(cpu_ns() - begin_cpu_ns) / n / 1e3;
        row_add(row, is_raw ? "raw elapsed" : "library elapsed", "us", elapsed);
        row_add(row, is_raw ? "raw processor" : "processor", "us", cpu);
}

void bench_library(Bench *bench) {
        Client client = client_new(bench->shmgr.path);

        for (unsigned i = 0; i < n_client_calls; i++) {
                Row *row = report_row(&bench->report,
                                      "a call through the library, beside the raw wire (time and "
                                      "processor time of the client)",
                                      "%s", client_calls[i].name);
                unsigned n = bench->is_quick ? 200 : 1000;
                client_run(&client, &client_calls[i], false, n);
                for (unsigned round = 0; round < bench->n_rounds; round++) {
                        run_round(&client, &client_calls[i], false, row, n);
                        run_round(&client, &client_calls[i], true, row, n);
                }
                row_add_ratio(row, "elapsed ratio", "library elapsed", "raw elapsed");
                report_print(&bench->report, row);
        }
        client_deinit(&client);
}
