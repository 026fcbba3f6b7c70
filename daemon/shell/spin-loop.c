/* Spins: polls for events instead of sleeping, as far as spin.h allows.
 *
 * It spins only after a turn that had work. It never spins if the daemon may use one processor
 * only, since that would keep a client from running, or if a control group bounds its time, since
 * that would use up the time. */
#include <event2/event.h>

#include "clock.h"
#include "connections.h"
#include "processor.h"
#include "spin-loop.h"

enum { CHECK_NS = 1000000000 };

/* Checked again each second, since a control group may get a bound at any time. */
static void check_processor(SpinLoop *l) {
        if (l->checked_ns && l->turn_end_ns - l->checked_ns < CHECK_NS)
                return;
        l->checked_ns = l->turn_end_ns;
        l->spin.is_on = processor_is_free();
}

bool spin_loop_run(SpinLoop *l, struct event_base *base, Turn *turn) {
        if (!turn->options->spin || !l->has_worked)
                return false;
        check_processor(l);
        int64_t begin_ns = l->turn_end_ns, now_ns, end_ns = spin_begin(&l->spin, begin_ns);
        if (!end_ns)
                return false;
        do {
                if (event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) < 0)
                        return false;
                now_ns = clock_ns(CLOCK_MONOTONIC);
        } while (!connections_are_busy(turn) && now_ns < end_ns);
        bool is_hit = connections_are_busy(turn);
        spin_end(&l->spin, now_ns, now_ns - begin_ns, is_hit);
        core_note_spin(turn->core, now_ns - begin_ns, is_hit);
        return true;
}
