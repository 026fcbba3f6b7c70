/* The bounds of a connection: in time, and of the memory that its messages take on their way. */
#include <stdlib.h>

#include "account.h"
#include "connection.h"
#include "core.h"
#include "core-state.h"
#include "turn.h"

/* Of each connection, so many bytes are not counted: what others do shall not cut off those who send and
 * get short messages. */
enum { BUFFERS_FREE = 64 << 10 };

void connection_check_time(Connection *c) {
        const Core *core = c->turn->core;
        int64_t now_ns = core->now_ns;

        if (c->is_stuck)
                connection_flush(c);
        if (c->output_since_ns &&
            now_ns - c->output_since_ns > (int64_t)core->limits.output_soft_ms * 1000000) {
                if (c->session)
                        session_cut_off(c->session, c->is_stuck
                                                            ? "its descriptor cannot be sent"
                                                            : "it reads its replies too slowly");
                else
                        connection_set_gone(c);
        }
        if (c->session && c->line_since_ns && !c->is_paused &&
            now_ns - c->line_since_ns > (int64_t)core->limits.frame_ms * 1000000)
                session_cut_off(c->session, "it began a message and did not finish it in time");
}

static void change_charge(Connection *c, size_t n) {
        size_t before = c->n_charged;

        if (n == before)
                return;
        c->n_charged = n;
        if (account_change_buffers(c->turn->core, c->account, before, n) == 0)
                return;
        c->is_too_much = true;
        if (c->session)
                session_cut_off(c->session, "its user has too much that is not read, or not ended");
        else
                connection_set_gone(c);
}

void connection_charge(Connection *c) {
        size_t n =
                c->input.capacity + (c->session ? c->session->output.capacity : c->tail.capacity);

        change_charge(c, n > BUFFERS_FREE ? n - BUFFERS_FREE : 0);
}

void connection_discharge(Connection *c) {
        change_charge(c, 0);
}
