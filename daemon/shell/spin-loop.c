/* Spins: polls for events instead of sleeping, as far as spin.h allows.
 *
 * After a turn that served one connection, that connection most likely has the next input, so a spin
 * also tries to receive from it: that takes one system call, where an event takes two. A spin begins
 * with the events, and looks at them again after every EARLY_TRIES tries. So a client whose next call
 * is always there delays neither the input of others nor signals and timers, and a spin ends when any
 * event has left work for the next turn.
 *
 * It spins only after a turn that had work. It never spins if the daemon may use one processor
 * only, since that would keep a client from running, or if a control group bounds its time, since
 * that would use up the time. */
#include <event2/event.h>

#include "clock.h"
#include "connection.h"
#include "processor.h"
#include "spin-loop.h"

enum {
        CHECK_NS = 1000000000,
        EARLY_TRIES = 4, /* between two looks at the events */
};

/* Checked again each second, since a control group may get a bound at any time. */
static void check_processor(SpinLoop *l) {
        if (l->checked_ns && l->turn_end_ns - l->checked_ns < CHECK_NS)
                return;
        l->checked_ns = l->turn_end_ns;
        l->spin.is_on = processor_is_free();
}

static bool receive_early(Connection *c) {
        for (unsigned i = 0; c && i < EARLY_TRIES; i++)
                if (connection_receive_early(c))
                        return true;
        return false;
}

bool spin_loop_run(SpinLoop *l, struct event_base *base, Turn *turn) {
        if (!turn->options->spin || !l->has_worked)
                return false;
        check_processor(l);
        int64_t begin_ns = l->turn_end_ns, now_ns, end_ns = spin_begin(&l->spin, begin_ns);
        if (!end_ns)
                return false;
        bool is_hit;
        do {
                if (event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) < 0)
                        return false;
                is_hit = l->has_work(l->userdata) || receive_early(turn->alone);
                now_ns = clock_ns(CLOCK_MONOTONIC);
        } while (!is_hit && now_ns < end_ns);
        spin_end(&l->spin, now_ns, now_ns - begin_ns, is_hit);
        core_note_spin(turn->core, now_ns - begin_ns, is_hit);
        return true;
}
