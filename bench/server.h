/* The servers that are measured: the daemon, redis-server, and the echo (echo.h). Each is a child with a Unix
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
        pid_t pid; /* 0 if the server does not run */
        bool is_durable;
        char directory[32], path[48];
} Server;

/* Starts the daemon, $SHMGRD or ./shmgrd, with limits that no benchmark reaches. With below_callgrind it runs under callgrind. */
void server_start_shmgr(Server *server, bool below_callgrind);
/* Makes the program that is executed next preload $STEADY (bench/steady.c), so that callgrind counts equal numbers in each
 * run. */
void server_make_steady(void);
/* Returns false if redis-server is not installed. */
bool server_start_redis(Server *server);
/* Start the daemon with a state directory, and redis-server with an append-only file that it syncs before each reply. Both
 * directories are in /var/tmp, since /tmp may be in memory. */
void server_start_durable_shmgr(Server *server);
bool server_start_durable_redis(Server *server);
/* Starts a child of this program that runs the function on a listening socket. */
void server_start_child(Server *server, const char *name, void (*run)(int fd, void *userdata),
                        void *userdata);
void server_stop(Server *server);
/* Stops all servers that run, at the end of the program. */
void servers_stop(void);

int server_connect(const Server *server);
/* Returns the server's processor time so far. */
int64_t server_cpu_ns(const Server *server);
/* Returns the bytes of the server's anonymous memory (RssAnon). */
uint64_t server_memory(const Server *server);
/* Returns the number of voluntary context switches: how often the server blocked. */
uint64_t server_sleeps(const Server *server);

/* Reads the reply of the daemon to server.stats. Ends the program if it has no room in n bytes. */
void server_read_stats(const Server *server, char *ret, size_t n);

/* Pins the benchmark to the first processor, and children that are started later to the last one, or, if `apart` is false,
 * to the first one, too. */
void bench_pin(bool apart);
/* Lets this program, and children that are started later, use all processors again. */
void bench_unpin(void);
/* Returns the processor on which children run; -1 for any. */
int bench_server_processor(void);
