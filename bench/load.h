/* The load generator: connections that keep a number of requests in flight, and compare every reply. */
#pragma once

#include "histogram.h"
#include "server.h"

typedef struct Load {
        const Operation *operation;
        size_t size; /* of values */
        unsigned n_connections, n_in_flight;
        unsigned first; /* the number of its first object; no other load uses its numbers */
        Tape *tapes;    /* n_connections of them: the requests of each connection */
} Load;

typedef struct LoadResult {
        double calls;          /* calls that got a reply */
        double seconds;        /* the length of the round */
        double server_seconds; /* processor time of the server */
        /* from the call that sends a request to the one that receives the end of its reply */
        Histogram latencies;
} LoadResult;

Load load_new(Protocol protocol, const Operation *operation, size_t size, unsigned n_connections,
              unsigned n_in_flight);
void load_deinit(Load *load);
/* Makes the objects of the load, once for each server. */
void load_prepare(const Load *load, const Server *server);
/* Runs a round of this length, after a tenth of it to warm up. The round is prolonged while fewer calls than connections got a
 * reply. */
LoadResult load_run(const Load *load, const Server *server, double seconds);

/* Sends all of this tape, and receives and compares its replies. */
void load_play(int fd, const Tape *tape, const char *what);
/* Sends one call of the tape, which must be short, and compares its reply. The calls before it must have been played. */
void load_play_call(int fd, const Tape *tape, unsigned call, const char *what);
