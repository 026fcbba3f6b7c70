/* The load generator: connections that keep a number of requests in flight, whose replies are all compared. */
#pragma once

#include "histogram.h"
#include "server.h"

typedef struct Load {
        const Operation *operation;
        size_t size; /* of values */
        unsigned n_connections, n_in_flight;
        unsigned first; /* of the numbers of its objects, which no other load has */
        Tape *tapes;    /* n_connections of them: what each sends */
} Load;

typedef struct LoadResult {
        double calls;          /* that were answered */
        double seconds;        /* in which they were */
        double server_seconds; /* processor time of the server */
        Histogram
                latencies; /* from the call that sends a request to the one that receives the end of its reply */
} LoadResult;

Load load_new(Protocol protocol, const Operation *operation, size_t size, unsigned n_connections,
              unsigned n_in_flight);
void load_deinit(Load *load);
/* Makes the objects, once for a server. */
void load_prepare(const Load *load, const Server *server);
/* A round of so many seconds, behind a tenth of that to warm up; longer when hardly a call was answered. */
LoadResult load_run(const Load *load, const Server *server, double seconds);

/* Sends all of this tape, and receives and compares its replies. */
void load_play(int fd, const Tape *tape, const char *what);
