/* bench/stalls: looks for acts during which the daemon serves nobody else. Acts are made from the daemon's table of
 * methods and from shapes that were once found; each is sent by an unprivileged user (where the program is run by
 * root) to a daemon with default limits, while another user's process, the witness, calls server.ping.
 *
 * Measured are the processor time of the daemon, that of the longest turn of its loop, and the longest time that the
 * witness waited; the last depends on what else the machine does. Acts with a turn above 10 ms are printed at once,
 * and in a table at the end.
 *
 *     stalls [--only TEXT] [--elements N] [--from METHOD] [--all] [--seconds N] [--work]
 *
 * All of it takes about half an hour; so it can be run in parts. --only runs the acts whose names have this text; --elements
 * runs the methods alone, on objects of that many elements; --from the methods from this one on, in the order of rpc.discover
 * (a run prints each one before its acts); --seconds begins no act after so long. --all prints all acts; --work prints the
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
        WORK = 10000, /* elements of which every method visits all: more would be refused */
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
