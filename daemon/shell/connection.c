/* Connections: the life of a client.
 *
 * A connection is in one of six states, and moves only down or to the right:
 *
 *      OPEN ------------------> HALF_CLOSED ----------------.
 *       | |     half-close         |    its lines have run  |
 *       | |                        |    and its output was  v
 *       | '-- cut off, shutdown ---|--- read far enough ---> DRAINING
 *       |                          |                        |
 *       | the process exits,       | the process exits,     | the output is sent,
 *       | receiving or sending     | receiving or sending   | the peer is gone, or
 *       v fails                    v fails                  v reads too slowly
 *      GONE ----------------------------------------------> OVER
 *       |   the last words have run, or it is cut off        ^
 *       |                                                    |
 *       '--> DETACHED ---------------------------------------'
 *                            the process exits
 *
 * OPEN: bytes are received and lines run (lines.c). While the lines are paused nothing is received,
 *     until the client has read its replies.
 * HALF_CLOSED: the peer has shut down its sending side and may still read. Lines that have arrived
 *     run, then the session ends, and its parked calls end with ECANCELED. An unfinished line is
 *     dropped: it may be half of a call.
 * GONE: the peer reads no replies. Lines that had arrived still run, so a release just before an
 *     exit counts. Only n_last_words more bytes are received: a forked child may still have the
 *     socket, and write on.
 * DETACHED: the socket is closed, but the session lasts as long as its process (session.hello,
 *     ends_with), and keeps its holds. Its parked calls have ended: the peer would not learn that
 *     they were served.
 * DRAINING: the session has ended, and the rest of its output is still sent.
 * OVER: nothing is left to do. The connection is freed at the end of the turn.
 *
 * move_on() makes all of these moves except those caused from outside: connection_set_gone() and
 * connection_note_exit() are called by the transport, and connection_end() at the shutdown.
 * `session` is NULL exactly in DRAINING and OVER.
 *
 * The core writes into the output of the session. That output is moved to the connection before each
 * send, and when the session ends. No decision of the core depends on how fast it is sent: a client
 * that does not read its replies is cut off here.
 *
 * Must never happen: a connection is freed inside its own callback, or while it runs; a session ends
 * while a complete line of it has not run, unless it is cut off; a reply reaches another process than
 * the one that made the call. */
#include <errno.h>
#include <stdlib.h>

#include "connection.h"
#include "core.h"
#include "send.h"
#include "share.h"
#include "transport.h"
#include "turn.h"

enum {
        NARROW_BYTES = 192 << 10, /* output up to this size fits into the default send buffer */
        EARLY_BYTES = 4 << 10,    /* received at once in a spin */
};

static void schedule(Connection *c) {
        if (!list_is_linked(&c->in_runnable))
                list_append(&c->turn->runnable, &c->in_runnable);
}

void connection_note_room(Connection *c) {
        if (!list_is_linked(&c->in_sending))
                list_append(&c->turn->sending, &c->in_sending);
}

void connection_note_input(Connection *c) {
        if (c->state != CONNECTION_OPEN)
                return;
        c->has_input = true;
        schedule(c);
}

static Connection *connection_alloc(Turn *turn, uid_t uid) {
        CLEANUP(freep) Connection *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;
        Share *share = share_ref(&turn->shares, uid);
        if (!share)
                return NULL;
        *c = (Connection){.turn = turn, .share = share, .is_watching = true};
        return TAKE_PTR(c);
}

int connection_restore(Turn *turn, Transport *transport, uid_t uid, Session *session,
                       Connection **ret) {
        Connection *c = connection_alloc(turn, uid);

        if (!c)
                return -ENOMEM;
        c->session = session;
        c->transport = transport;
        transport->connection = c;
        if (session)
                core_session_set_transport(session, c);
        lines_init(&c->lines, turn, c->share, session);
        attachments_init(&c->attachments);
        list_init(&c->in_runnable);
        list_init(&c->in_sending);
        list_init(&c->in_over);
        list_append(&turn->connections, &c->in_turn);
        turn->n_connections++;
        *ret = c;
        return 0;
}

int connection_new(Turn *turn, Transport *transport, Session *session) {
        Connection *c;
        int r = connection_restore(turn, transport, core_session_peer(session)->uid, session, &c);

        if (r < 0) {
                transport->table->close(transport);
                core_session_end(session);
        }
        return r;
}

Connection *connection_free(Connection *c) {
        if (!c)
                return NULL;
        connection_discharge(c);
        c->turn->n_connections--;
        if (c->turn->alone == c)
                c->turn->alone = NULL;
        c->session = core_session_end(c->session);
        c->share->n_wide -= c->is_wide;
        c->transport->table->close(c->transport);
        share_unref(&c->turn->shares, c->share);
        list_unlink(&c->in_runnable);
        list_unlink(&c->in_sending);
        list_unlink(&c->in_over);
        list_unlink(&c->in_turn);
        lines_deinit(&c->lines);
        buffer_deinit(&c->output);
        lent_clear(&c->lent);
        attachments_clear(&c->attachments);
        free(c);
        return NULL;
}

size_t connection_unsent(const Connection *c) {
        return buffer_size(&c->output) + c->lent.n_bytes;
}

static void drop_output(Connection *c) {
        if (c->session)
                core_session_drop_output(c->session);
        send_drop(&c->output, &c->attachments, &c->lent, connection_unsent(c));
        turn_keep_output(c->turn, &c->output);
}

/* Appends new output of the session to the unsent output. A reply is never refused for its own
 * size, but the session is cut off if too much was unsent before it. */
static void take_output(Connection *c) {
        size_t n_bytes = buffer_size(&c->output);

        if (core_session_output_size(c->session) == 0)
                return;
        if (connection_unsent(c) > core_limits(c->turn->core)->output_bytes)
                core_session_cut_off(c->session, "it does not read its replies");
        if (core_session_take_output(c->session, &c->output, &c->attachments, &c->lent) < 0) {
                core_session_drop_output(c->session);
                core_session_cut_off(c->session, "memory ran out for a reply");
        }
        c->is_long = buffer_size(&c->output) - n_bytes >= SPARE_BYTES_MIN;
}

static void become_over(Connection *c) {
        c->state = CONNECTION_OVER;
        list_append(&c->turn->over, &c->in_over);
}

void connection_set_gone(Connection *c) {
        switch (c->state) {
        case CONNECTION_OPEN:
        case CONNECTION_HALF_CLOSED:
                c->state = CONNECTION_GONE;
                c->n_last_words = c->transport->table->count_unreceived(c->transport);
                c->has_input = c->n_last_words > 0;
                core_session_set_gone(c->session);
                lines_set_unheard(&c->lines);
                schedule(c);
                return;
        case CONNECTION_DRAINING:
                become_over(c);
                return;
        case CONNECTION_DETACHED:
        case CONNECTION_GONE:
        case CONNECTION_OVER:
                return;
        }
}

void connection_note_exit(Connection *c) {
        if (c->state == CONNECTION_DETACHED)
                schedule(c);
        else if (!c->session || !core_session_outlives_process(c->session))
                connection_set_gone(c);
}

void connection_on_serving(Session *session) {
        const Connection *c = core_session_transport(session);
        bool is_gone = c->state == CONNECTION_GONE || c->state == CONNECTION_DETACHED;

        if (is_gone ||
            !c->transport->table->is_alive(c->transport, !core_session_outlives_process(session)))
                core_session_set_gone(session);
}

static void watch_no_input(Connection *c) {
        if (c->is_watching)
                c->transport->table->watch_input(c->transport, false);
        c->is_watching = false;
}

/* Without a watch on the process its exit would go unnoticed, so the session ends with the
 * socket. */
static bool outlives_socket(const Connection *c) {
        return core_session_outlives_socket(c->session) &&
               c->transport->table->watches_process(c->transport);
}

void connection_go_on(Connection *c) {
        c->is_wide = c->transport->table->is_wide(c->transport);
        c->share->n_wide += c->is_wide;
        lines_restore(&c->lines, buffer_size(&c->output), c->attachments.n);
        if (c->state != CONNECTION_OPEN)
                watch_no_input(c);
        if (buffer_size(&c->output) > 0)
                connection_note_room(c);
        /* No further event may come that would run the line. */
        if (c->lines.has_line)
                schedule(c);
        connection_charge(c);
}

static void detach(Connection *c) {
        c->state = CONNECTION_DETACHED;
        c->has_input = false;
        watch_no_input(c);
        core_session_set_gone(c->session);
        core_session_half_close(c->session);
        lines_set_unheard(&c->lines);
        lines_drop(&c->lines);
        c->output_since_ns = 0;
        drop_output(c);
}

/* Only a client that can still read its replies gets ECANCELED for its parked calls. */
void connection_end(Connection *c) {
        if (!c->session)
                return;
        core_session_half_close(c->session);
        take_output(c);
        c->session = core_session_end(c->session);
        watch_no_input(c);
        c->output_since_ns = core_now_ns(c->turn->core);
        if (c->state == CONNECTION_GONE || c->state == CONNECTION_DETACHED) {
                become_over(c);
                return;
        }
        c->state = CONNECTION_DRAINING;
        connection_note_room(c);
}

static void cut_off(Connection *c) {
        if (c->is_stuck)
                drop_output(c);
        core_session_say_cut_off(c->session);
        connection_end(c);
        /* Sends what fits now, and gives up the rest, which would count against the user. */
        if (c->is_too_much) {
                connection_send(c);
                connection_set_gone(c);
        }
}

/* Watches for input while it may be received. libevent does not report again what arrived while it
 * did not watch, so has_input is set. A client that waits for a long reply sends nothing, so a
 * pause stops the watch only when input has arrived. If memory for the watch runs out, the next turns
 * try to receive and to watch. */
static void update_watching(Connection *c) {
        bool is_wanted = c->state == CONNECTION_OPEN && !(c->lines.is_paused && c->has_input);

        if (is_wanted == c->is_watching)
                return;
        c->is_watching =
                c->transport->table->watch_input(c->transport, is_wanted) == 0 && is_wanted;
        if (is_wanted)
                c->has_input = true;
}

/* Makes the moves of the drawing. Called after every step. */
static void move_on(Connection *c) {
        if (core_session_cut_off_reason(c->session)) {
                cut_off(c);
                return;
        }
        update_watching(c);
        if (c->lines.is_paused)
                return;
        if (c->lines.has_line || c->has_input)
                schedule(c);
        else if (c->state == CONNECTION_HALF_CLOSED && core_session_is_held(c->session))
                return; /* its replies are sent when the disk has the changes that they report */
        else if (c->state != CONNECTION_OPEN && !outlives_socket(c))
                connection_end(c);
        else if (c->state != CONNECTION_OPEN && c->state != CONNECTION_DETACHED)
                detach(c);
}

/* Notes the result of a receive into `room` bytes: n > 0 bytes, 0 for a half-close, or a negative
 * errno. */
static void note_received(Connection *c, ssize_t n, size_t room) {
        bool is_gone = c->state == CONNECTION_GONE;

        if (n > 0 && is_gone)
                c->n_last_words -= (size_t)n;
        else if (n <= 0 && n != -EINTR)
                c->n_last_words = 0;
        if (n == 0 && !is_gone)
                c->state = CONNECTION_HALF_CLOSED;
        else if (n < 0 && n != -EAGAIN && n != -EINTR)
                connection_set_gone(c);
        c->has_input = is_gone ? c->n_last_words > 0 : n == (ssize_t)room || n == -EINTR;
}

static void receive(Connection *c) {
        size_t room;
        char *into;

        if (!c->has_input || !lines_may_run(&c->lines))
                return;
        if (lines_reserve(&c->lines, &into, &room) < 0) {
                core_session_cut_off(c->session, "memory ran out for its message");
                return;
        }
        if (c->state == CONNECTION_GONE && room > c->n_last_words)
                room = c->n_last_words;
        ssize_t n = c->transport->table->receive(c->transport, into, room);
        note_received(c, n, room);
        if (n > 0)
                lines_receive(&c->lines, into, (size_t)n);
        else
                lines_receive_nothing(&c->lines);
}

/* The bytes become input that has no turn yet. */
bool connection_receive_early(Connection *c) {
        char bytes[EARLY_BYTES];

        if (c->state != CONNECTION_OPEN || !c->is_watching || c->has_input ||
            !lines_may_be_early(&c->lines))
                return false;
        ssize_t n = c->transport->table->receive(c->transport, bytes, sizeof(bytes));
        if (n == -EAGAIN || n == -EINTR)
                return false;
        note_received(c, n, sizeof(bytes));
        if (n > 0)
                lines_keep(&c->lines, bytes, (size_t)n);
        schedule(c);
        return true;
}

/* The session writes its replies into memory that was used in an earlier turn. Unused memory is given back, so that no
 * idle session has memory for output. */
static void lend_output(Connection *c) {
        Turn *turn = c->turn;
        Buffer memory = c->is_long ? spares_take(&turn->spares, SIZE_MAX) : turn_take_output(turn);

        core_session_exchange_output(c->session, &memory);
        turn_keep_output(turn, &memory);
}

static void take_back_output(Connection *c) {
        Buffer memory = {0};

        core_session_exchange_output(c->session, &memory);
        turn_keep_output(c->turn, &memory);
}

void connection_run(Connection *c) {
        if (!c->session)
                return;
        if (!share_may(c->share, SHARE_RUN, c->turn->number)) {
                list_append(&c->turn->deferred, &c->in_runnable);
                return;
        }
        lines_begin_turn(&c->lines);
        lines_update_pause(&c->lines);
        lend_output(c);
        lines_run(&c->lines);
        receive(c);
        lines_end_run(&c->lines);
        take_back_output(c);
        connection_charge(c);
        move_on(c);
}

/* The rest of the output is sent in the next turn or, after a short write, when the socket has
 * room. That watch stays until all output is sent, since starting and stopping it takes a system
 * call. If memory for the watch runs out, the next turns try to send. */
static void await_sending(Connection *c, bool was_short) {
        bool is_left = buffer_size(&c->output) > 0 && !c->is_stuck;
        bool is_short = is_left && (was_short || c->is_short);

        if (is_short != c->is_short && c->transport->table->watch_room(c->transport, is_short) < 0)
                is_short = false;
        if (is_left && (!was_short || !is_short))
                connection_note_room(c);
        c->is_short = is_short;
}

/* Updates the bounds after a send. */
static void note_unsent(Connection *c, bool was_short) {
        size_t n = connection_unsent(c);

        if (n <= core_limits(c->turn->core)->output_soft_bytes && c->session && !c->is_stuck)
                c->output_since_ns = 0;
        else if (!c->output_since_ns)
                c->output_since_ns = core_now_ns(c->turn->core);
        await_sending(c, was_short);
        if (n == 0)
                turn_keep_output(c->turn, &c->output);
        if (c->session)
                lines_set_unsent(&c->lines, n, c->attachments.n);
}

/* The default send buffer holds some 200 KiB, so a longer reply would leave in many pieces, each
 * with a wait for the client. */
static void widen(Connection *c) {
        if (c->is_wide || c->share->n_wide >= SHARE_WIDE_MAX)
                return;
        c->transport->table->widen(c->transport);
        c->share->n_wide++;
        c->is_wide = true;
}

static int send_some(Connection *c) {
        if (c->state == CONNECTION_GONE || c->state == CONNECTION_DETACHED)
                return -EPIPE;
        if (connection_unsent(c) > NARROW_BYTES)
                widen(c);
        return c->transport->table->send(c->transport, &c->output, &c->attachments, &c->lent,
                                         c->turn->send_bytes);
}

void connection_send(Connection *c) {
        if (c->state == CONNECTION_OVER)
                return;
        if (c->session)
                take_output(c);
        size_t n = connection_unsent(c);
        int r = send_some(c);
        bool was_short = n - connection_unsent(c) < c->turn->send_bytes;
        /* All clients together have too many descriptors in flight for the kernel: the tick tries
         * again. */
        c->is_stuck = r == -ETOOMANYREFS;
        if (r < 0 && r != -EAGAIN && r != -EINTR && !c->is_stuck) {
                connection_set_gone(c);
                drop_output(c);
        }
        note_unsent(c, was_short);
        connection_charge(c);
        if (c->session)
                move_on(c); /* lines_set_unsent() has updated the pause */
        else if (c->state == CONNECTION_DRAINING && buffer_size(&c->output) == 0)
                become_over(c);
}
