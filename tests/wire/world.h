/* A second transport: connections over buffers of the test, in its own process. It drives all code above a transport
 * without a socket, and shows exactly how a turn is divided among users: on the test's clock, sending and receiving take a
 * millisecond each if the pair is slow, and nothing else takes any time. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/list.h"
#include "options/options.h"
#include "transport.h"
#include "turn.h"

typedef struct World {
        Options options;
        NewsLog log;
        Turn turn;
        List pairs; /* Pair.in_world */
} World;

typedef struct Pair {
        Transport transport;
        Buffer to_daemon, to_client;
        size_t room; /* bytes that one send takes; 0: all */
        bool is_shut, is_slow, is_watched, wants_room, is_closed, cannot_watch;
        unsigned n_received, n_sent, n_watched, n_unwatched_input, n_widened;
        size_t n_bytes; /* bytes sent */
        ListLink in_world;
} Pair;

World *world_new(void);
void world_free(World *world);
/* Returns how often the clock was read. */
unsigned world_clock_readings(void);
/* Makes the clock advance with each reading. */
void world_set_clock_step(int64_t ns);
/* Plays the event loop: tells the connections which of them can send or receive. */
void world_announce(World *world);
void world_turn(World *world);
/* Runs turns until no work is left. */
void world_settle(World *world);

void pair_open(Pair *pair, World *world, uid_t uid);
void pair_deinit(Pair *pair);
/* Sends the text to the daemon. */
void pair_write(Pair *pair, const char *text);
/* Sends three texts, and settles the world. */
void pair_write_long(Pair *pair, World *world, const char *begin, const char *text,
                     const char *end);
/* Consumes the output of the daemon, and asserts that it is this text. */
void pair_expect_replies(Pair *pair, const char *text);

#define PING(id)      "{\"jsonrpc\":\"2.0\",\"method\":\"server.ping\",\"id\":" #id "}\n"
#define PONG(id)      "{\"jsonrpc\":\"2.0\",\"result\":\"pong\",\"id\":" #id "}\n"
#define RESULT(r, id) "{\"jsonrpc\":\"2.0\",\"result\":" #r ",\"id\":" #id "}\n"
