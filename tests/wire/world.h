/* A second transport: connections over buffers of the test, in its own process. So everything above a transport is
 * driven without a socket, and how a turn is divided among users is seen without measuring: on the made-up clock, sending and
 * receiving take a millisecond each where the pair is slow, and nothing else takes any time. */
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
        size_t room; /* how much one send takes; 0 for everything */
        bool is_shut, is_slow, is_watched, wants_room, is_closed;
        unsigned n_received, n_sent, n_watched, n_unwatched_input, n_widened;
        size_t n_bytes; /* sent */
        ListLink in_world;
} Pair;

World *world_new(void);
void world_free(World *world);
/* The part of the event loop for a transport. */
void world_announce(World *world);
void world_turn(World *world);
/* Turns until there is no work left. */
void world_settle(World *world);

void pair_open(Pair *pair, World *world, uid_t uid);
void pair_deinit(Pair *pair);
/* Sends the text to the daemon. */
void pair_write(Pair *pair, const char *text);
/* Sends three texts, and settles the world. */
void pair_write_long(Pair *pair, World *world, const char *begin, const char *text,
                     const char *end);
/* Consumes what the daemon has sent, which must be this text. */
void pair_expect_replies(Pair *pair, const char *text);

#define PING(id)      "{\"jsonrpc\":\"2.0\",\"method\":\"server.ping\",\"id\":" #id "}\n"
#define PONG(id)      "{\"jsonrpc\":\"2.0\",\"result\":\"pong\",\"id\":" #id "}\n"
#define RESULT(r, id) "{\"jsonrpc\":\"2.0\",\"result\":" #r ",\"id\":" #id "}\n"
