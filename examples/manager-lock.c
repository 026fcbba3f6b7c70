/* manager-lock: fifty processes share one dict, and lose nothing.
 *
 * manager-race loses updates between its two calls. These three ways lose none:
 *
 *   lock  hold a lock while reading and writing. This suits any number of steps, on any number of
 *         objects. If a process dies within them, the daemon releases its lock and tells the next owner.
 *   add   let the daemon add: reading and writing are one call. For numbers nothing more is needed.
 *   cas   compare and set: write only if the value is still the one that was read, and otherwise
 *         begin again. This suits any value that is computed from the old one; no process blocks another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shmgr/shmgr.h>

#include "arguments.h"
#include "crowd.h"

enum { INITIAL = 100 };

typedef struct Shared {
        shmgr_dict *counts;
        shmgr_lock *lock;
        long iterations;
        int (*subtract_once)(struct Shared *shared);
} Shared;

static int subtract_with_lock(Shared *shared) {
        int64_t count;
        int r = shmgr_lock_acquire(shared->lock, SHMGR_FOREVER, NULL);

        if (r < 0)
                return r;
        r = shmgr_dict_get_int64(shared->counts, "count", &count);
        if (r >= 0)
                r = shmgr_dict_set_int64(shared->counts, "count", count - 1);
        int r_release = shmgr_lock_release(shared->lock);
        return r < 0 ? r : r_release;
}

static int subtract_with_add(Shared *shared) {
        return shmgr_dict_add(shared->counts, "count", -1, NULL);
}

/* If the cas of this process fails, that of another one has succeeded, so the loop ends. */
static int subtract_with_cas(Shared *shared) {
        int64_t count;
        int r;

        do {
                r = shmgr_dict_get_int64(shared->counts, "count", &count);
                if (r >= 0)
                        r = shmgr_dict_cas_int64(shared->counts, "count", count, count - 1);
        } while (r == 0);
        return r < 0 ? r : 0;
}

static const struct Way {
        const char *name;
        int (*subtract_once)(Shared *shared);
} ways[] = {
        {"lock", subtract_with_lock},
        {"add", subtract_with_add},
        {"cas", subtract_with_cas},
};

enum { N_WAYS = sizeof(ways) / sizeof(ways[0]) };

/* The first call of a child begins its session, here before the clock starts. */
static int prepare(void *userdata) {
        Shared *shared = userdata;
        int64_t count;

        return shmgr_dict_get_int64(shared->counts, "count", &count);
}

static int subtract(void *userdata) {
        Shared *shared = userdata;
        int r = 0;

        for (long i = 0; r >= 0 && i < shared->iterations; i++)
                r = shared->subtract_once(shared);
        return r;
}

/* Runs the crowd once; stores the count that is left and the time. */
static int run_once(Shared *shared, const Arguments *args, int64_t *ret_left, int64_t *ret_ns) {
        Crowd crowd = {.n_processes = args->processes,
                       .prepare = prepare,
                       .work = subtract,
                       .userdata = shared};
        int r = shmgr_dict_set_int64(shared->counts, "count", INITIAL);

        if (r >= 0)
                r = crowd_run(&crowd, ret_ns);
        return r < 0 ? r : shmgr_dict_get_int64(shared->counts, "count", ret_left);
}

/* Prints a line of the table for each run. Returns 0, a negative errno, or 1 if an update was
 * lost. */
static int run_way(Shared *shared, const struct Way *way, const Arguments *args) {
        long right = INITIAL - args->processes * args->iterations;
        int is_wrong = 0;

        shared->subtract_once = way->subtract_once;
        for (long run = 0; run < args->runs; run++) {
                int64_t left, ns;
                int r = run_once(shared, args, &left, &ns);
                if (r < 0)
                        return r;
                printf("%4s  %6lld  %6lld  %8.1f ms\n", way->name, (long long)left,
                       (long long)(left - right), ns / 1e6);
                is_wrong |= left != right;
        }
        return is_wrong;
}

static int run_all(Shared *shared, const Arguments *args) {
        int is_wrong = 0;

        printf("%ld processes subtract 1 from %d, %ld time%s each: %ld should be left\n",
               args->processes, INITIAL, args->iterations, args->iterations == 1 ? "" : "s",
               INITIAL - args->processes * args->iterations);
        printf("%4s  %6s  %6s  %11s\n", "how", "left", "lost", "time");
        for (int i = 0; i < N_WAYS; i++) {
                if (args->fix && strcmp(args->fix, ways[i].name) != 0)
                        continue;
                int r = run_way(shared, &ways[i], args);
                if (r < 0)
                        return r;
                is_wrong |= r;
        }
        return is_wrong;
}

static int is_way(const char *name) {
        for (int i = 0; i < N_WAYS; i++)
                if (strcmp(name, ways[i].name) == 0)
                        return 1;
        return 0;
}

/* Opens both objects without a name: new ones, which are deleted when no program has them open. */
static int open_and_run(shmgr_manager *manager, const Arguments *args) {
        __attribute__((cleanup(shmgr_dict_unrefp))) shmgr_dict *counts = NULL;
        __attribute__((cleanup(shmgr_lock_unrefp))) shmgr_lock *lock = NULL;
        int r = shmgr_dict_open(manager, NULL, SHMGR_CREATE, NULL, &counts);

        if (r >= 0)
                r = shmgr_lock_open(manager, NULL, SHMGR_CREATE, NULL, &lock);
        if (r < 0)
                return r;
        Shared shared = {.counts = counts, .lock = lock, .iterations = args->iterations};
        return run_all(&shared, args);
}

int main(int argc, char **argv) {
        Arguments args = {.processes = 50, .iterations = 1, .runs = 1};
        __attribute__((cleanup(shmgr_manager_unrefp))) shmgr_manager *manager = NULL;

        arguments_parse(&args, argc, argv, "lock, add or cas (each in its turn)");
        if (args.fix && !is_way(args.fix)) {
                fprintf(stderr, "manager-lock: --fix: '%s' is not lock, add or cas\n", args.fix);
                return 2;
        }
        int r = shmgr_manager_open(NULL, &manager);
        if (r >= 0)
                r = open_and_run(manager, &args);
        if (r >= 0)
                return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
        fprintf(stderr, "manager-lock: %s (%s)\n", strerror(-r),
                manager ? shmgr_manager_error(manager) : "");
        return EXIT_FAILURE;
}
