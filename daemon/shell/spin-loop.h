/* The loop's spinning (spin.h): looks for events instead of waiting for them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spin.h"
#include "turn.h"

struct event_base;

typedef struct SpinLoop {
        Spin spin;
        bool has_worked;     /* the last turn had input */
        int64_t turn_end_ns; /* of the last turn */
        int64_t checked_ns;  /* when it was looked whether there is processor time for spinning */
} SpinLoop;

/* Looks for events for a moment, with nothing else to do: false when the next one is to be waited for. An event need not be
 * input, so a turn follows a spin in any case. */
bool spin_loop_run(SpinLoop *loop, struct event_base *base, Turn *turn);
