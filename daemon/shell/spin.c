/* Decides when to spin, without a clock or a loop. spin.h has the rules.
 *
 * A hit resets only the pause, and not the burnt time: even a client whose calls arrive just in
 * time now and then makes the daemon burn at most 2 %. */
#include "spin.h"

enum { SECOND_NS = 1000000000 };

int64_t spin_begin(Spin *s, int64_t now_ns) {
        if (!s->is_on || now_ns < s->paused_until_ns)
                return 0;
        if (now_ns - s->second_ns >= SECOND_NS) {
                s->second_ns = now_ns;
                s->burnt_ns = 0;
        }
        return s->burnt_ns + SPIN_NS <= SPIN_BURN_NS ? now_ns + SPIN_NS : 0;
}

void spin_end(Spin *s, int64_t now_ns, int64_t elapsed_ns, bool is_hit) {
        if (is_hit) {
                s->pause_ns = 0;
                return;
        }
        s->burnt_ns += elapsed_ns;
        s->pause_ns = s->pause_ns ? 2 * s->pause_ns : SPIN_PAUSE_MIN_NS;
        if (s->pause_ns > SPIN_PAUSE_MAX_NS)
                s->pause_ns = SPIN_PAUSE_MAX_NS;
        s->paused_until_ns = now_ns + s->pause_ns;
}
