/* What the connections of one loop share: the core that their sessions are in, the lists of those that have
 * something to do, and the number of the turn.
 *
 * A turn runs the connections in `runnable`. A connection whose user has had the time of this turn moves to
 * `deferred`, and is first in the next turn. A connection that is over moves to `over`, and is freed at the end of the
 * turn and never before, so that no callback meets one that is gone. */
#pragma once

#include <event2/event.h>

#include "base/list.h"
#include "core.h"
#include "news-log.h"
#include "options/options.h"

enum { TURN_SCRATCH = 64 << 10 };

typedef struct Turn {
        Core *core;
        const Options *options; /* of the server; they may change */
        NewsLog *log;
        struct event_base *base;
        List connections; /* Connection.in_turn */
        size_t n_connections;
        List runnable; /* Connection.in_runnable */
        List deferred; /* the same */
        List over;     /* Connection.in_over */
        uint64_t number;
        char scratch[TURN_SCRATCH];
} Turn;

void turn_init(Turn *turn, Core *core, const Options *options, NewsLog *log);
/* Tells the core the time. */
void turn_set_time(Turn *turn);
