/* Turns. */
#include "clock.h"
#include "turn.h"

void turn_init(Turn *turn, const Options *options, NewsLog *log) {
        turn->options = options;
        turn->log = log;
        turn->number = 1;
        list_init(&turn->connections);
        list_init(&turn->runnable);
        list_init(&turn->deferred);
        list_init(&turn->sending);
        list_init(&turn->unsent);
        list_init(&turn->over);
}

void turn_deinit(Turn *turn) {
        shares_deinit(&turn->shares);
}

void turn_set_time(Turn *turn) {
        core_set_time(turn->core, clock_ns(CLOCK_MONOTONIC),
                      clock_ns(CLOCK_REALTIME_COARSE) / 1000000);
}

int64_t turn_use(Turn *turn, Share *share, ShareUse use) {
        int64_t before_ns = core_now_ns(turn->core);

        turn_set_time(turn);
        int64_t elapsed_ns = core_now_ns(turn->core) - before_ns;
        share_add(share, use, turn->number, elapsed_ns);
        return elapsed_ns;
}
