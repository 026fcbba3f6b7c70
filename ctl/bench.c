/* Measures calls. Times are kept in buckets, 16 to each power of two, so a percentile is within 7 %. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/macros.h"
#include "bench.h"

static int64_t now_ns(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int bench_begin(Bench *b) {
        int r = shmgr_counter_open(b->manager, NULL, SHMGR_CREATE, NULL, &b->counter);

        if (r >= 0)
                r = shmgr_dict_open(b->manager, NULL, SHMGR_CREATE, NULL, &b->dict);
        if (r >= 0)
                r = shmgr_dict_set_int64(b->dict, "key", 1);
        if (r >= 0)
                r = shmgr_lock_open(b->manager, NULL, SHMGR_CREATE, NULL, &b->lock);
        if (r >= 0)
                r = shmgr_queue_open(b->manager, NULL, SHMGR_CREATE, NULL, &b->queue);
        if (r < 0)
                bench_end(b);
        return r < 0 ? r : 0;
}

void bench_end(Bench *b) {
        b->counter = shmgr_counter_unref(b->counter);
        b->dict = shmgr_dict_unref(b->dict);
        b->lock = shmgr_lock_unref(b->lock);
        b->queue = shmgr_queue_unref(b->queue);
}

/* The bucket of a time, and the shortest time of a bucket. */
static int bucket_of(int64_t ns) {
        int exponent = ns < 16 ? 0 : 63 - __builtin_clzll((unsigned long long)ns) - 4;

        return exponent * 16 + (int)(ns >> exponent);
}

static int64_t bucket_ns(int bucket) {
        int exponent = bucket < 32 ? 0 : bucket / 16 - 1;

        return (int64_t)(bucket - exponent * 16) << exponent;
}

/* The start of a run's threads: all begin when the last is ready. */
typedef struct Team {
        const Bench *bench;
        const BenchCase *what;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        int64_t n_ready;
        bool is_open, is_cancelled;
} Team;

typedef struct Member {
        Team *team;
        pthread_t thread;
        BenchClient client;
} Member;

/* Waits until all threads are ready. Returns false if the run was cancelled. */
static bool team_wait(Team *team) {
        pthread_mutex_lock(&team->mutex);
        team->n_ready++;
        pthread_cond_broadcast(&team->changed);
        while (!team->is_open)
                pthread_cond_wait(&team->changed, &team->mutex);
        bool begins = !team->is_cancelled;
        pthread_mutex_unlock(&team->mutex);
        return begins;
}

/* Starts the threads when all are ready, or ends them if fewer than wanted could be made. */
static void team_open(Team *team, int64_t n) {
        pthread_mutex_lock(&team->mutex);
        while (team->n_ready < n)
                pthread_cond_wait(&team->changed, &team->mutex);
        team->is_cancelled = n < team->bench->n_clients;
        team->is_open = true;
        pthread_cond_broadcast(&team->changed);
        pthread_mutex_unlock(&team->mutex);
}

static void measure(BenchClient *c, const BenchCase *what) {
        int64_t end_ns = now_ns() + c->bench->duration_ns, before_ns = now_ns();

        while (before_ns < end_ns && c->error == 0) {
                int r = what->run(c);
                int64_t after_ns = now_ns(), ns = after_ns - before_ns;
                c->error = r < 0 ? r : 0;
                c->buckets[bucket_of(ns)]++;
                if (ns > c->longest_ns)
                        c->longest_ns = ns;
                c->n++;
                before_ns = after_ns;
        }
}

/* The first call of a thread connects, and is not measured. */
static void *run_member(void *userdata) {
        Member *m = userdata;
        BenchClient *c = &m->client;
        int r = shmgr_lock_open(c->bench->manager, NULL, SHMGR_CREATE, NULL, &c->lock);

        c->error = r < 0 ? r : m->team->what->run(c);
        if (team_wait(m->team) && c->error == 0)
                measure(c, m->team->what);
        c->lock = shmgr_lock_unref(c->lock);
        return NULL;
}

static double percentile_us(const uint64_t *buckets, uint64_t n, double part) {
        uint64_t wanted = (uint64_t)((double)n * part), seen = 0;

        for (int i = 0; i < BENCH_BUCKETS; i++) {
                seen += buckets[i];
                if (seen > wanted)
                        return (double)bucket_ns(i) / 1000;
        }
        return 0;
}

static int sum_up(const Member *members, const Bench *bench, BenchResult *ret) {
        uint64_t buckets[BENCH_BUCKETS] = {0}, n = 0;
        int64_t longest_ns = 0;

        for (int64_t i = 0; i < bench->n_clients; i++) {
                const BenchClient *c = &members[i].client;
                if (c->error < 0)
                        return c->error;
                n += c->n;
                for (int k = 0; k < BENCH_BUCKETS; k++)
                        buckets[k] += c->buckets[k];
                if (c->longest_ns > longest_ns)
                        longest_ns = c->longest_ns;
        }
        *ret = (BenchResult){.ops_per_s = (double)n * 1e9 / (double)bench->duration_ns,
                             .p50_us = percentile_us(buckets, n, 0.5),
                             .p99_us = percentile_us(buckets, n, 0.99),
                             .max_us = (double)longest_ns / 1000};
        return 0;
}

/* Starts the threads. Returns the number that could be started. */
static int64_t start_all(Member *members, Team *team) {
        for (int64_t i = 0; i < team->bench->n_clients; i++) {
                members[i].team = team;
                members[i].client.bench = team->bench;
                if (pthread_create(&members[i].thread, NULL, run_member, &members[i]) != 0)
                        return i;
        }
        return team->bench->n_clients;
}

int bench_run(const Bench *bench, const BenchCase *what, BenchResult *ret) {
        CLEANUP(freep) Member *members = calloc((size_t)bench->n_clients, sizeof(*members));
        Team team = {.bench = bench, .what = what};

        if (!members)
                return -ENOMEM;
        pthread_mutex_init(&team.mutex, NULL);
        pthread_cond_init(&team.changed, NULL);
        int64_t n = start_all(members, &team);
        team_open(&team, n);
        for (int64_t i = 0; i < n; i++)
                pthread_join(members[i].thread, NULL);
        pthread_cond_destroy(&team.changed);
        pthread_mutex_destroy(&team.mutex);
        return n < bench->n_clients ? -EAGAIN : sum_up(members, bench, ret);
}
