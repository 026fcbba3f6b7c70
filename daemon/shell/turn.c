/* Turns: one pass of the loop over all connections that have something to do.
 *
 * A turn has an end, whatever clients send: each user may use a share of it (share.h), and connections whose user has used it
 * up wait in `deferred` for the next one, in which they come first. Time passes only here: turn_set_time() reads the clock and
 * tells the core, and turn_use() charges what has passed since to a share. So the clock is read once for each line that runs,
 * and the core never reads it (rule 1).
 *
 * Must never happen: a connection is freed within a turn. The lists hold connections that a callback further down the same
 * turn may meet, so `over` is emptied at the end. */
#include "clock.h"
#include "turn.h"

void turn_init(Turn *turn, const Options *options, NewsLog *log) {
        turn->options = options;
        turn->log = log;
        turn->number = 1;
        list_init(&turn->connections);
        list_init(&turn->runnable);
        list_init(&turn->deferred);
        list_init(&turn->late);
        list_init(&turn->sending);
        list_init(&turn->unsent);
        list_init(&turn->over);
}

void turn_deinit(Turn *turn) {
        shares_deinit(&turn->shares);
        buffer_deinit(&turn->spare);
}

void turn_set_time(Turn *turn) {
        turn->wall_ms = clock_ns(CLOCK_REALTIME_COARSE) / 1000000;
        core_set_time(turn->core, clock_ns(CLOCK_MONOTONIC), turn->wall_ms);
}

/* The time of day is for people, and that of the turn's beginning will do for all its calls. */
int64_t turn_use(Turn *turn, Share *share, ShareUse use) {
        int64_t before_ns = core_now_ns(turn->core);

        core_set_time(turn->core, clock_ns(CLOCK_MONOTONIC), turn->wall_ms);
        int64_t elapsed_ns = core_now_ns(turn->core) - before_ns;
        share_add(share, use, turn->number, elapsed_ns);
        if (use == SHARE_RUN)
                turn->run_ns += elapsed_ns;
        return elapsed_ns;
}
