/* Turns. */
#include "clock.h"
#include "turn.h"

void turn_init(Turn *turn, Core *core, const Options *options, NewsLog *log) {
        turn->core = core;
        turn->options = options;
        turn->log = log;
        list_init(&turn->connections);
        list_init(&turn->runnable);
        list_init(&turn->deferred);
        list_init(&turn->over);
}

void turn_set_time(Turn *turn) {
        core_set_time(turn->core, clock_ns(CLOCK_MONOTONIC),
                      clock_ns(CLOCK_REALTIME_COARSE) / 1000000);
}
