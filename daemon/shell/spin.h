/* Spinning: after a turn that had work, the loop polls for a moment instead of sleeping, since a
 * sleeping processor takes longer to wake than most clients take to send their next call.
 *
 *   hit     an event left work: the next spin may follow at once
 *   miss    no work came: no spin for a pause, which doubles with each miss from 1 ms to a second,
 *           until a hit
 *
 * Misses take at most 2 % of each second. So clients that pause cost next to nothing, and an idle
 * daemon does not spin at all. The caller reads the clock. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
        SPIN_NS = 20000,             /* at most, of one spin */
        SPIN_BURN_NS = 20000000,     /* of misses in each second */
        SPIN_PAUSE_MIN_NS = 1000000, /* after the first miss */
        SPIN_PAUSE_MAX_NS = 1000000000,
};

typedef struct Spin {
        bool is_on;
        int64_t pause_ns, paused_until_ns;
        int64_t second_ns, burnt_ns; /* when the second began, and the time of its misses */
} Spin;

/* Returns when a spin that begins now must end; 0: none may begin. */
int64_t spin_begin(Spin *spin, int64_t now_ns);
/* Notes the result of a spin: how long it took, and whether an event came. */
void spin_end(Spin *spin, int64_t now_ns, int64_t elapsed_ns, bool is_hit);
