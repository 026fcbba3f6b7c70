/* The sections of the benchmark. Each adds its rows, prints them, and says where something cannot be compared. */
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

/* Calls over the wire: processor time of the servers, throughput, latency. */
void bench_calls(Bench *bench);
/* The library's call beside the same bytes sent and received with nothing between. */
void bench_library(Bench *bench);
/* A lock that many wait for. */
void bench_handover(Bench *bench);
/* Bytes of idle sessions and of waiters. */
void bench_crowds(Bench *bench);
/* Costs of operations as a container grows, and bytes of its elements; many objects. */
void bench_growth(Bench *bench);
/* Python's Manager, and the semaphores of the kernel. */
void bench_others(Bench *bench);
