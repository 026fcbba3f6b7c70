/* The state that the connections of one loop share: the core of their sessions, the lists of connections with work, and
 * the division of a turn's time among users. */
#pragma once

#include "base/buffer.h"
#include "base/list.h"
#include "core.h"
#include "news-log.h"
#include "options/options.h"
#include "share.h"

enum { TURN_SCRATCH = 64 << 10 };

typedef struct Turn {
        Core *core;
        const Options *options; /* of the server; they may change */
        NewsLog *log;
        List connections; /* Connection.in_turn */
        size_t n_connections;
        List runnable; /* Connection.in_runnable: with lines to run, or bytes to receive */
        List deferred; /* the same: their user has used its share, so they are first in the next turn */
        List late; /* the same: the turn was full before they had theirs, so they are before all others */
        List unsent;  /* Connection.in_sending: as deferred, for sending */
        List sending; /* Connection.in_sending: with output to send */
        List over; /* Connection.in_over: freed at the end of the turn and never before, so that no callback
                        * meets a connection that is gone */
        size_t send_bytes; /* to one connection in this turn */
        Shares shares;
        uint64_t number;
        int64_t wall_ms; /* when the core was told the time of day last */
        int64_t run_ns;  /* that receiving and running lines took in this turn */
        Buffer spare;    /* empty: the input buffer of a long line that has run, for the next one */
        char scratch[TURN_SCRATCH];
} Turn;

/* The core is set once there is one. */
void turn_init(Turn *turn, const Options *options, NewsLog *log);
void turn_deinit(Turn *turn);
/* Tells the core the time. */
void turn_set_time(Turn *turn);
/* The same; the time since the core was told last counts for this share: how long that was. */
int64_t turn_use(Turn *turn, Share *share, ShareUse use);
