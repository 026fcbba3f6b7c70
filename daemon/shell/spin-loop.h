/* The spinning of the loop (spin.h): polls for events instead of blocking. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spin.h"
#include "turn.h"

struct event_base;

typedef struct SpinLoop {
        Spin spin;
        bool has_worked;     /* the last turn had input */
        int64_t turn_end_ns; /* end of the last turn */
        int64_t checked_ns;  /* when processor_is_free() was last checked */
        /* Returns whether an event has left work for the next turn. */
        bool (*has_work)(void *userdata);
        void *userdata;
} SpinLoop;

/* Polls for events for a moment. Returns false if the loop must block for the next event. A turn
 * follows a spin in any case. */
bool spin_loop_run(SpinLoop *loop, struct event_base *base, Turn *turn);
