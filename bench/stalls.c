/* bench/stalls: looks for acts during which the daemon serves no other client. An act is one or more calls, made from the daemon's
 * table of methods or from the shapes of doc/reliability.md. If root runs the program, an unprivileged user sends each
 * to a daemon with default limits, while another user's process, the witness, calls server.ping.
 *
 * The program measures the processor time of the daemon, the processor time of the longest turn of its loop, and the longest time that
 * the witness waited, which also depends on other work of the machine. It prints acts with a turn above 10 ms at once,
 * and in a table at the end.
 *
 *     stalls [--only TEXT] [--elements N] [--from METHOD] [--all] [--seconds N] [--work]
 *
 * A whole run takes about half an hour; these options run a part. --only runs the acts whose names contain TEXT; --elements
 * runs only the methods, on objects of N elements; --from begins with this method, in the order of rpc.discover
 * (a run prints each method before its acts); --seconds begins no act after N seconds. --all prints all acts; --work prints the
 * time for each step of work that the daemon counted, by method, and measures nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stall-act.h"
#include "stall-daemon.h"
#include "stall-methods.h"
#include "stall-shapes.h"
#include "stall-work.h"

enum {
        WORK = 10000, /* elements: with more, methods that visit all of them would be refused */
        SMALL = 100000,
        LARGE = 1000000,
};

static _Noreturn void print_usage(const char *program) {
        fprintf(stderr,
                "Usage: %s [--only TEXT] [--elements N] [--from METHOD] [--all] [--seconds N] "
                "[--work]\n",
                program);
        exit(2);
}

static bool read_options(int argc, char **argv) {
        bool is_work = false;

        stall_options.end_ns = INT64_MAX;
        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--all") == 0)
                        stall_options.prints_all = true;
                else if (strcmp(argv[i], "--work") == 0)
                        is_work = true;
                else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
                        stall_options.only = argv[++i];
                else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc)
                        stall_options.from = argv[++i];
                else if (strcmp(argv[i], "--elements") == 0 && i + 1 < argc)
                        stall_options.n_elements = (size_t)atoll(argv[++i]);
                else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
                        stall_options.end_ns =
                                stall_now_ns() + atoll(argv[++i]) * INT64_C(1000000000);
                else
                        print_usage(argv[0]);
        }
        return is_work;
}

int main(int argc, char **argv) {
        if (read_options(argc, argv)) {
                stall_work_print(WORK);
                return 0;
        }
        if (getuid() != 0)
                printf("Without root, the acts are those of the daemon's own user.\n");
        if (!stall_options.n_elements && !stall_options.from)
                stall_shapes_run();
        if (stall_options.n_elements) {
                stall_methods_run(stall_options.n_elements);
        } else {
                stall_methods_run(SMALL);
                stall_methods_run(LARGE);
        }
        stall_print_table();
        return 0;
}
