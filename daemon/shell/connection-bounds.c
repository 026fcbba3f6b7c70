/* The bounds of a connection: time limits, and the memory of its messages in transit. */
#include <stdlib.h>

#include "connection.h"
#include "core.h"
#include "share.h"
#include "turn.h"

/* The first bytes of each connection are not charged, so the traffic of other clients cuts off no
 * client with short messages. */
enum { BUFFERS_FREE = 64 << 10 };

void connection_check_time(Connection *c) {
        const Core *core = c->turn->core;
        int64_t most_ns = (int64_t)core_limits(core)->output_soft_ms * 1000000;

        if (c->is_stuck)
                connection_note_room(c);
        if (c->output_since_ns && core_now_ns(core) - c->output_since_ns > most_ns) {
                if (c->session)
                        core_session_cut_off(c->session,
                                             c->is_stuck ? "its descriptor cannot be sent"
                                                         : "it reads its replies too slowly");
                else
                        connection_set_gone(c);
        }
        if (c->session && lines_are_late(&c->lines))
                core_session_cut_off(c->session,
                                     "it began a message and did not finish it in time");
}

static bool change_charge(Connection *c, size_t n) {
        size_t before = c->n_charged;

        c->n_charged = n;
        return n == before || core_change_buffers(c->turn->core, c->share->uid, before, n) == 0;
}

static void cut_off(Connection *c) {
        c->is_too_much = true;
        if (c->session)
                core_session_cut_off(
                        c->session,
                        "its user has too many bytes of unread replies and unfinished messages");
        else
                connection_set_gone(c);
}

static size_t count_bytes(const Connection *c) {
        size_t n = lines_memory(&c->lines) + c->output.capacity + lent_memory(&c->lent) +
                   (c->session ? core_session_output_memory(c->session) +
                                         core_session_input_memory(c->session)
                               : 0);

        return n > BUFFERS_FREE ? n - BUFFERS_FREE : 0;
}

/* The line of another user may have left a spare buffer that is larger than this user may have. */
void connection_charge(Connection *c) {
        size_t before = c->n_charged;

        if (change_charge(c, count_bytes(c)))
                return;
        if (!lines_shrink(&c->lines)) {
                cut_off(c);
                return;
        }
        change_charge(c, before);
        if (!change_charge(c, count_bytes(c)))
                cut_off(c);
}

void connection_discharge(Connection *c) {
        change_charge(c, 0);
}
