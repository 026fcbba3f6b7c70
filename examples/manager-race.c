/* manager-race: fifty processes share one dict, and lose updates.
 *
 * Each process reads the count, subtracts one and writes it back. Each of the two calls is atomic,
 * and the pair of them is not: while one process computes, others read the same number, and what
 * they write back says nothing of each other. So more is left than there should be, and how much
 * differs from run to run. The program manager-lock shows three ways to do it right. */
#include <errno.h>
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

/* A proxy works behind fork() as it is: on its first call a child gets a session of its own. It is
 * made here, before the start, so that nobody is late for the race. */
static int prepare(void *userdata) {
        Race *race = userdata;
        int64_t count;

        return shmgr_dict_get_int64(race->counts, "count", &count);
}

/* The race itself. */
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

        printf("%ld processes subtract 1 from %d, %ld times each: %ld should be left\n",
               args->processes, INITIAL, args->iterations, right);
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
