/* Connections: the life of a client.
 *
 * A connection is in one of six states, and moves only down or to the right:
 *
 *      OPEN ------------------> HALF_CLOSED ----------------.
 *       | |     half-close         |    its lines have run  |
 *       | |                        |    and its output was  v
 *       | '-- cut off, shutdown ---|--- read far enough ---> DRAINING
 *       |                          |                        |
 *       | the process exits,       | the same               | the output is sent,
 *       | receiving or sending     |                        | the peer is gone, or
 *       v fails                    v                        v reads too slowly
 *      GONE ----------------------------------------------> OVER
 *       |   the last words have run, or it is cut off        ^
 *       |                                                    |
 *       '--> DETACHED ---------------------------------------'
 *                            the process exits
 *
 * OPEN: bytes are received and lines run (lines.c), unless the lines are paused: then nothing is received until the
 *     client has read its replies.
 * HALF_CLOSED: the peer has shut down its sending side and may still read. Lines that have arrived run; then the session ends. An
 *     unfinished line is dropped: it may be half of what was meant. Parked calls end with ECANCELED.
 * GONE: the peer reads no replies. Lines that had arrived are carried out, so a release just before an exit counts. Only
 *     n_last_words bytes are received: a forked child may still have the socket, and write on.
 * DETACHED: the socket is closed, but the session lasts as long as its process (session.hello, ends_with), and keeps
 *     its holds. Its parked calls have ended: the peer would not learn that they were served.
 * DRAINING: the session has ended, and the rest of its output is still sent.
 * OVER: nothing is left to do. The connection is freed at the end of the turn.
 *
 * move_on() makes each of these moves but those that come from outside: connection_set_gone() and
 * connection_note_exit() by the transport, and connection_end() at the shutdown. `session` is NULL exactly in
 * DRAINING and OVER.
 *
 * The core writes into the session's output. Before each sending, and when the session ends, that is moved to the
 * connection's own output. The core decides nothing by how fast that is sent: a client that does not read its replies is
 * cut off here.
 *
 * Must never happen: a connection that is freed inside its own callback, or while it runs; a session that ends
 * while a complete line of it has not run, unless it is cut off; a reply that is sent to a process other than the one
 * that asked, since its session is gone. */
#include <errno.h>
#include <stdlib.h>

#include "connection.h"
#include "core.h"
#include "send.h"
#include "share.h"
#include "transport.h"
#include "turn.h"

enum { NARROW_BYTES = 192 << 10 }; /* of output, which fit into the kernel's buffer as it is */

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
        attachments_clear(&c->attachments);
        free(c);
        return NULL;
}

static void drop_output(Connection *c) {
        if (c->session)
                core_session_drop_output(c->session);
        send_drop(&c->output, &c->attachments, buffer_size(&c->output));
}

/* New output of the session goes behind the output that is not sent yet. A reply is never refused for its own size,
 * but none may come on top of too much. */
static void take_output(Connection *c) {
        size_t n_unsent = buffer_size(&c->output);

        if (core_session_output_size(c->session) == 0)
                return;
        if (n_unsent > core_limits(c->turn->core)->output_bytes)
                core_session_cut_off(c->session, "it does not read its replies");
        if (core_session_take_output(c->session, &c->output, &c->attachments) < 0) {
                core_session_drop_output(c->session);
                core_session_cut_off(c->session, "memory ran out for a reply");
        }
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

/* Without a watch on the process its exit would go unnoticed. */
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
        /* Nothing else may come that would run it. */
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

/* Only a client that can still read its replies gets ECANCELED. */
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
        /* Output that does not fit now would add to what is too much. */
        if (c->is_too_much) {
                connection_send(c);
                connection_set_gone(c);
        }
}

/* Watches for input while it may be received. libevent does not announce again what arrived meanwhile. A client that waits
 * for a long reply sends nothing, so a pause ends the watching only when input has come. */
static void update_watching(Connection *c) {
        bool is_wanted = c->state == CONNECTION_OPEN && !(c->lines.is_paused && c->has_input);

        if (is_wanted == c->is_watching)
                return;
        c->is_watching = is_wanted;
        c->transport->table->watch_input(c->transport, is_wanted);
        if (is_wanted)
                c->has_input = true;
}

/* The moves of the drawing, after anything has happened. */
static void move_on(Connection *c) {
        if (core_session_cut_off_reason(c->session)) {
                cut_off(c);
                return;
        }
        lines_update_pause(&c->lines);
        update_watching(c);
        if (c->lines.is_paused)
                return;
        if (c->lines.has_line || c->has_input)
                schedule(c);
        else if (c->state == CONNECTION_HALF_CLOSED && core_session_is_held(c->session))
                return; /* its replies leave when the disk has what they tell of */
        else if (c->state != CONNECTION_OPEN && !outlives_socket(c))
                connection_end(c);
        else if (c->state != CONNECTION_OPEN && c->state != CONNECTION_DETACHED)
                detach(c);
}

/* n bytes were received where there was room for more, or none for the reason that n is. */
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
        lines_run(&c->lines);
        receive(c);
        connection_charge(c);
        move_on(c);
}

/* Output that is left is sent in the next turn, or when there is room if the kernel took less than it was offered. The watching
 * goes on until all is sent, since it begins and ends with a system call. */
static void await_sending(Connection *c, bool was_short) {
        bool is_left = buffer_size(&c->output) > 0 && !c->is_stuck;
        bool is_short = is_left && (was_short || c->is_short);

        if (is_left && !was_short)
                connection_note_room(c);
        if (is_short != c->is_short)
                c->transport->table->watch_room(c->transport, is_short);
        c->is_short = is_short;
}

/* After a sending. */
static void note_unsent(Connection *c, bool was_short) {
        size_t n = buffer_size(&c->output);

        if (n <= core_limits(c->turn->core)->output_soft_bytes && c->session && !c->is_stuck)
                c->output_since_ns = 0;
        else if (!c->output_since_ns)
                c->output_since_ns = core_now_ns(c->turn->core);
        await_sending(c, was_short);
        if (c->session)
                lines_set_unsent(&c->lines, n, c->attachments.n);
}

/* The kernel's buffer takes some 200 KiB, and a longer reply would leave in many pieces, each with a wait for the client. */
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
        if (buffer_size(&c->output) > NARROW_BYTES)
                widen(c);
        return c->transport->table->send(c->transport, &c->output, &c->attachments,
                                         c->turn->send_bytes);
}

void connection_send(Connection *c) {
        if (c->state == CONNECTION_OVER)
                return;
        if (c->session)
                take_output(c);
        size_t n = buffer_size(&c->output);
        int r = send_some(c);
        bool was_short = n - buffer_size(&c->output) < c->turn->send_bytes;
        /* The kernel has too many descriptors on their way, of all clients: the tick tries again. */
        c->is_stuck = r == -ETOOMANYREFS;
        if (r < 0 && r != -EAGAIN && r != -EINTR && !c->is_stuck) {
                connection_set_gone(c);
                drop_output(c);
        }
        note_unsent(c, was_short);
        connection_charge(c);
        if (c->session)
                move_on(c);
        else if (c->state == CONNECTION_DRAINING && buffer_size(&c->output) == 0)
                become_over(c);
}
