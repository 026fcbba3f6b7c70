/* The sections of the benchmark. Each adds its rows and prints them; a row that lacks a comparison has a note that says why. */
#pragma once

#include <stdbool.h>

#include "report.h"
#include "server.h"

typedef struct Bench {
        Report report;
        Server shmgr, redis;
        bool has_redis, is_quick;
        unsigned n_rounds;
        double round_seconds;
} Bench;

/* Ends the servers, and starts new ones: memory that earlier measurements have freed would hide the
 * growth of later ones. Each section begins with new servers. */
void bench_renew_servers(Bench *bench);

/* Calls over the wire: processor time of the servers, throughput, latency. */
void bench_calls(Bench *bench);
/* Calls through the library, and the same bytes sent and received without it. */
void bench_library(Bench *bench);
/* Hand-over of a lock that many sessions wait for. */
void bench_handover(Bench *bench);
/* Bytes of idle sessions and of waiters. */
void bench_crowds(Bench *bench);
/* Costs of operations as a container grows, and bytes of its elements; many objects. */
void bench_growth(Bench *bench);
/* Python's Manager, and the semaphores of the kernel. */
void bench_others(Bench *bench);
/* Changes of durable objects, beside a Redis that syncs each change, and beside objects in memory alone. */
void bench_durable(Bench *bench);
