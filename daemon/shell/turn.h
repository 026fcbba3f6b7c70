/* The state that the connections of one loop share: the core of their sessions, the lists of
 * connections with work, and the division of a turn's time among users. */
#pragma once

#include "base/buffer.h"
#include "base/list.h"
#include "clock.h"
#include "core.h"
#include "news-log.h"
#include "options/options.h"
#include "share.h"
#include "spares.h"

enum {
        TURN_SCRATCH = 64 << 10,
        TURN_OUTPUTS = 64, /* short buffers that are kept for the outputs of later turns */
};

typedef struct Connection Connection;

typedef struct Turn {
        Core *core;
        const Options *options; /* of the server; they may change */
        Clock *clock_ns;        /* clock_ns(), or the made-up one of a test */
        NewsLog *log;
        List connections; /* Connection.in_turn */
        size_t n_connections;
        List runnable; /* Connection.in_runnable: lines to run, or bytes to receive */
        /* Connection.in_runnable, too: their user has used up its share, so they come first in the
         * next turn. */
        List deferred;
        /* Connection.in_runnable, too: the turn was full before it reached them, so they come
         * before all others. */
        List late;
        List unsent;  /* Connection.in_sending: like deferred, for sending */
        List sending; /* Connection.in_sending: output to send */
        /* Connection.in_over: freed at the end of the turn and never before, so that no callback meets
         * a connection that is gone. */
        List over;
        Connection *alone; /* the only one that ran in the last turn; NULL if none or several did */
        size_t send_bytes; /* to each connection in this turn */
        Shares shares;
        uint64_t number;
        int64_t wall_ms; /* when the core was last told the time of day */
        int64_t run_ns;  /* time for receiving and running lines in this turn */
        Spares spares;
        /* Empty: memory for the outputs of sessions, so that an idle session needs none. */
        Buffer outputs[TURN_OUTPUTS];
        unsigned n_outputs;
        char scratch[TURN_SCRATCH];
} Turn;

/* The core is set later, when it exists. */
void turn_init(Turn *turn, const Options *options, NewsLog *log);
void turn_deinit(Turn *turn);
/* Returns an empty buffer, with memory if some is kept. */
Buffer turn_take_output(Turn *turn);
/* Keeps the memory of an empty buffer, or frees it. The buffer has none afterwards. */
void turn_keep_output(Turn *turn, Buffer *empty);
/* Tells the core the time. */
void turn_set_time(Turn *turn);
/* Tells the core the time, and charges the time since the last call to this share. Returns that
 * time. */
int64_t turn_use(Turn *turn, Share *share, ShareUse use);
