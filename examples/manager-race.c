/* manager-race: fifty processes share one dict, and lose updates.
 *
 * Each process reads the count, subtracts one and writes it back. Each of the two calls is
 * atomic, but the pair of them is not: while one process computes, others read the same number,
 * and each writes a count that ignores the others' updates. So more is left than there should
 * be, and the number differs from run to run. The program manager-lock shows three ways to do it
 * right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shmgr/shmgr.h>

#include "arguments.h"
#include "crowd.h"

enum { INITIAL = 100 };

typedef struct Race {
        shmgr_dict *counts;
        long iterations;
} Race;

/* A proxy keeps working after fork(): on its first call a child gets a session of its own. The
 * call is made here, before the start, so that all begin the race together. */
static int prepare(void *userdata) {
        Race *race = userdata;
        int64_t count;

        return shmgr_dict_get_int64(race->counts, "count", &count);
}

/* The race itself: read, subtract, write. */
static int subtract(void *userdata) {
        Race *race = userdata;

        for (long i = 0; i < race->iterations; i++) {
                int64_t count;
                int r = shmgr_dict_get_int64(race->counts, "count", &count);
                if (r >= 0)
                        r = shmgr_dict_set_int64(race->counts, "count", count - 1);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int run_once(Race *race, const Arguments *args, int64_t *ret_left) {
        Crowd crowd = {.n_processes = args->processes,
                       .prepare = prepare,
                       .work = subtract,
                       .userdata = race};
        int64_t ns;
        int r = shmgr_dict_set_int64(race->counts, "count", INITIAL);

        if (r >= 0)
                r = crowd_run(&crowd, &ns);
        return r < 0 ? r : shmgr_dict_get_int64(race->counts, "count", ret_left);
}

static int run_all(Race *race, const Arguments *args) {
        long right = INITIAL - args->processes * args->iterations;

        printf("%ld processes subtract 1 from %d, %ld time%s each: %ld should be left\n",
               args->processes, INITIAL, args->iterations, args->iterations == 1 ? "" : "s", right);
        printf("%4s  %6s  %6s\n", "run", "left", "lost");
        for (long run = 1; run <= args->runs; run++) {
                int64_t left;
                int r = run_once(race, args, &left);
                if (r < 0)
                        return r;
                printf("%4ld  %6lld  %6lld\n", run, (long long)left, (long long)(left - right));
        }
        return 0;
}

/* Each opened handle is dropped at the end of its scope. */
int main(int argc, char **argv) {
        Arguments args = {.processes = 50, .iterations = 1, .runs = 1};
        __attribute__((cleanup(shmgr_manager_unrefp))) shmgr_manager *manager = NULL;
        __attribute__((cleanup(shmgr_dict_unrefp))) shmgr_dict *counts = NULL;

        arguments_parse(&args, argc, argv, NULL);
        /* NULL: the daemon of $SHMGR_SOCKET, or at one of the usual places. */
        int r = shmgr_manager_open(NULL, &manager);
        /* A dict without a name is a new one, and is deleted when no program has it open. */
        if (r >= 0)
                r = shmgr_dict_open(manager, NULL, SHMGR_CREATE, NULL, &counts);
        if (r >= 0)
                r = run_all(&(Race){.counts = counts, .iterations = args.iterations}, &args);
        if (r >= 0)
                return EXIT_SUCCESS;
        fprintf(stderr, "manager-race: %s (%s)\n", strerror(-r),
                manager ? shmgr_manager_error(manager) : "");
        return EXIT_FAILURE;
}
