/* Turns: one pass of the loop over all connections that have work.
 *
 * A turn has an end, whatever clients send: each user may use a share of it (share.h). Connections
 * whose user has used it up wait in `deferred` for the next turn, in which they come first. Time
 * advances only here: turn_set_time() reads the clock and tells the core, and turn_use() charges
 * the time that has passed since then to a share. The core never reads it (rule 1). It counts the
 * work of the lines that run, and tells when that is enough for the clock to be read (line-time.h); it is
 * also read when a connection has run, so no user is charged for the lines of another.
 *
 * Must never happen: a connection is freed within a turn. A callback later in the same turn may
 * find it in a list, so `over` is emptied at the end. */
#include "turn.h"

enum { OUTPUT_KEPT_MAX = 4 << 10 };

void turn_init(Turn *turn, const Options *options, NewsLog *log) {
        turn->options = options;
        turn->clock_ns = clock_ns;
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
        spares_deinit(&turn->spares);
        while (turn->n_outputs > 0)
                buffer_deinit(&turn->outputs[--turn->n_outputs]);
}

Buffer turn_take_output(Turn *turn) {
        return turn->n_outputs > 0 ? turn->outputs[--turn->n_outputs] : (Buffer){0};
}

void turn_keep_output(Turn *turn, Buffer *empty) {
        if (!empty->data)
                return;
        if (empty->capacity > OUTPUT_KEPT_MAX)
                spares_keep(&turn->spares, empty);
        if (turn->n_outputs == TURN_OUTPUTS || empty->capacity > OUTPUT_KEPT_MAX)
                buffer_deinit(empty);
        if (!empty->data)
                return;
        buffer_clear(empty);
        turn->outputs[turn->n_outputs++] = *empty;
        *empty = (Buffer){0};
}

void turn_set_time(Turn *turn) {
        turn->wall_ms = turn->clock_ns(CLOCK_REALTIME_COARSE) / 1000000;
        core_set_time(turn->core, turn->clock_ns(CLOCK_MONOTONIC), turn->wall_ms);
}

/* The time of day is for people, so that of the beginning of the turn serves for all its calls. */
int64_t turn_use(Turn *turn, Share *share, ShareUse use) {
        int64_t before_ns = core_now_ns(turn->core);

        core_set_time(turn->core, turn->clock_ns(CLOCK_MONOTONIC), turn->wall_ms);
        int64_t elapsed_ns = core_now_ns(turn->core) - before_ns;
        share_add(share, use, turn->number, elapsed_ns);
        if (use == SHARE_RUN) {
                turn->run_ns += elapsed_ns;
                core_note_time(turn->core, elapsed_ns);
        }
        return elapsed_ns;
}
