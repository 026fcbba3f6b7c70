/* Spinning: for a moment after a turn that had work, the loop looks for more instead of going to sleep, since a sleeping
 * processor takes longer to wake than most clients take to send their next call.
 *
 * A spin that something came of is a hit, and the next may follow at once. A miss burnt time: then no spin begins for a while, which
 * doubles with each miss from 1 ms to a second, until a hit. Spins without a hit take at most 2 % of each second. So
 * clients that pause cost next to nothing, and an idle daemon does not spin at all. The clock is the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
        SPIN_NS = 20000,             /* of one spin, at most */
        SPIN_BURN_NS = 20000000,     /* without a hit, in each second */
        SPIN_PAUSE_MIN_NS = 1000000, /* after the first miss */
        SPIN_PAUSE_MAX_NS = 1000000000,
};

typedef struct Spin {
        bool is_on;
        int64_t pause_ns, paused_until_ns;
        int64_t second_ns, burnt_ns; /* when the second began, and the time burnt in it */
} Spin;

/* When a spin that begins now has to end; 0 when none may begin. */
int64_t spin_begin(Spin *spin, int64_t now_ns);
/* It took so long, and something came, or not. */
void spin_end(Spin *spin, int64_t now_ns, int64_t elapsed_ns, bool is_hit);
