/* Measuring calls: many clients at once, each a thread with a session of its own. */
#pragma once

#include <stdint.h>

#include <shmgr/shmgr.h>

enum { BENCH_BUCKETS = 64 * 16 };

/* The state that the clients of one run share. Objects are anonymous, so nothing is left behind, however it ends. */
typedef struct Bench {
        shmgr_manager *manager;
        int64_t n_clients;
        int64_t duration_ns;
        shmgr_counter *counter;
        shmgr_dict *dict;
        shmgr_lock *lock;
        shmgr_queue *queue;
} Bench;

typedef struct BenchClient {
        const Bench *bench;
        shmgr_lock *lock;                /* of its own */
        uint64_t n;                      /* of operations */
        uint64_t buckets[BENCH_BUCKETS]; /* operations by their time, on a logarithmic scale */
        int64_t longest_ns;
        int error;
} BenchClient;

/* One kind of operation. */
typedef struct BenchCase {
        const char *name;
        int n_calls;                     /* of one operation */
        int (*run)(BenchClient *client); /* 0 or negative errno */
} BenchCase;

extern const BenchCase bench_cases[]; /* ends with an entry whose name is NULL */

typedef struct BenchResult {
        double ops_per_s;
        double p50_us, p99_us, max_us;
} BenchResult;

/* Makes the objects. Returns 0 or negative errno. */
int bench_begin(Bench *bench);
void bench_end(Bench *bench);
int bench_run(const Bench *bench, const BenchCase *what, BenchResult *ret);
