/* The servers that are measured: the daemon, redis-server, and an echo that does nothing (echo.h). Each is a child on a Unix
 * socket in a temporary directory of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "fail.h"
#include "tape.h"

typedef struct Server {
        const char *name;
        Protocol protocol;
        pid_t pid; /* 0: it does not run */
        char directory[32], path[48];
} Server;

/* The daemon: $SHMGRD, or ./shmgrd; its bounds are wide enough for all that is measured. `valgrind`: below callgrind. */
void server_start_shmgr(Server *server, bool below_callgrind);
/* False when redis-server is not installed. */
bool server_start_redis(Server *server);
/* A child of this program which runs the function on a listening socket. */
void server_start_child(Server *server, const char *name, void (*run)(int fd, void *userdata),
                        void *userdata);
void server_stop(Server *server);
/* Stops all that run; for the end of the program. */
void servers_stop(void);

int server_connect(const Server *server);
/* Processor time so far. */
int64_t server_cpu_ns(const Server *server);
/* Bytes of its own in memory. */
uint64_t server_memory(const Server *server);
/* How often it went to sleep. */
uint64_t server_sleeps(const Server *server);

/* All children run on this processor from now on, the bench on the other; nothing where there is one alone. */
void bench_pin(bool apart);
/* Where children run; -1 for anywhere. */
int bench_server_processor(void);
