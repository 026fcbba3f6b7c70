/* Connections: bytes in, bytes out. */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account.h"
#include "call/reply.h"
#include "call/rpc.h"
#include "connection.h"
#include "core.h"
#include "core-state.h"
#include "end/session-end.h"
#include "send.h"
#include "slow-call.h"
#include "turn.h"
#include "wait/serve.h"

enum {
        INPUT_ROOM_MIN = 4 << 10,
        INPUT_ROOM_MAX = 1 << 20,
        OUTPUT_PAUSE = 256 << 10, /* unsent bytes at which reading stops */
        OUTPUT_RESUME = 64 << 10, /* and goes on */
        USER_TURN_NS = 2000000,   /* of the calls of one user in a turn; the last may take longer */
};

static void connection_schedule(Connection *c) {
        if (!list_is_linked(&c->in_runnable))
                list_append(&c->turn->runnable, &c->in_runnable);
}

static void on_readable(evutil_socket_t fd, short events, void *userdata) {
        Connection *c = userdata;

        if (c->is_gone)
                return;
        c->is_readable = true;
        connection_schedule(c);
}

static void on_writable(evutil_socket_t fd, short events, void *userdata) {
        Connection *c = userdata;

        if (c->session)
                session_mark_dirty(c->session);
        else
                connection_flush(c);
}

static void on_process_exit(ProcessWatch *watch);

int connection_new(Turn *turn, int fd, Session *session, Process *process) {
        Connection *c = calloc(1, sizeof(*c));

        if (!c) {
                close(fd);
                session_end(session);
                process_release(process);
                return -ENOMEM;
        }
        *c = (Connection){.turn = turn, .fd = fd, .session = session, .account = session->account};
        c->account->n_connections++;
        turn->n_connections++;
        attachments_init(&c->tail_attachments);
        list_init(&c->in_runnable);
        list_init(&c->in_over);
        list_append(&turn->connections, &c->in_turn);
        process_watch(&c->process, process, on_process_exit);
        session->transport = c;
        c->on_readable = event_new(turn->base, fd, EV_READ | EV_PERSIST, on_readable, c);
        c->on_writable = event_new(turn->base, fd, EV_WRITE, on_writable, c);
        if (!c->on_readable || !c->on_writable || event_add(c->on_readable, NULL) < 0) {
                connection_free(c);
                return -ENOMEM;
        }
        return 0;
}

Connection *connection_free(Connection *c) {
        if (!c)
                return NULL;
        connection_discharge(c);
        c->account->n_connections--;
        c->turn->n_connections--;
        c->session = session_end(c->session);
        if (c->on_readable)
                event_free(c->on_readable);
        if (c->on_writable)
                event_free(c->on_writable);
        close(c->fd);
        process_unwatch(&c->process);
        list_unlink(&c->in_runnable);
        list_unlink(&c->in_over);
        list_unlink(&c->in_turn);
        buffer_deinit(&c->input);
        buffer_deinit(&c->tail);
        attachments_clear(&c->tail_attachments);
        free(c);
        return NULL;
}

static Buffer *connection_output(Connection *c) {
        return c->session ? &c->session->output : &c->tail;
}

static Attachments *connection_attachments(Connection *c) {
        return c->session ? &c->session->attachments : &c->tail_attachments;
}

static void drop_output(Connection *c) {
        Buffer *output = connection_output(c);

        send_drop(output, connection_attachments(c), buffer_size(output));
}

/* When nothing is left to do, the server frees it at the end of the turn. */
static void check_over(Connection *c) {
        bool is_over = !c->session && (c->is_gone || buffer_size(&c->tail) == 0);

        if (is_over && !list_is_linked(&c->in_over))
                list_append(&c->turn->over, &c->in_over);
}

/* A child of a dead process may have the socket still, and write on; what counts is what was there. */
void connection_set_gone(Connection *c) {
        int n = 0;

        if (c->is_gone)
                return;
        if (ioctl(c->fd, SIOCINQ, &n) == 0 && n > 0)
                c->n_last_words = n;
        c->is_gone = true;
        if (c->session)
                c->session->is_gone = true;
        c->is_readable = c->n_last_words > 0;
        connection_schedule(c);
        check_over(c);
}

/* The connection ends at the end of the turn, after what its process sent last. */
static void on_process_exit(ProcessWatch *watch) {
        Connection *c = CONTAINER_OF(watch, Connection, process);

        c->has_exited = true;
        if (c->is_detached)
                connection_schedule(c);
        else if (!c->session || !core_session_outlives_process(c->session))
                connection_set_gone(c);
}

/* Without a pidfd nobody would tell of the process's exit. */
static bool outlives_socket(const Connection *c) {
        return core_session_outlives_socket(c->session) && c->process.process && !c->has_exited;
}

/* The socket is of no use any more, and what the session holds stays held. Its calls that wait are given up: nobody would
 * hear that they were served. */
static void connection_detach(Connection *c) {
        if (c->is_detached)
                return;
        c->is_detached = c->is_gone = true;
        c->is_readable = false;
        event_del(c->on_readable);
        event_del(c->on_writable);
        core_session_set_gone(c->session);
        core_session_half_close(c->session);
        buffer_consume(&c->input, buffer_size(&c->input));
        c->n_searched = 0;
        c->line_since_ns = c->output_since_ns = 0;
        drop_output(c);
}

void connection_on_serving(Session *session) {
        const Connection *c = session->transport;
        bool needs_process = c->process.process && !core_session_outlives_process(session);
        struct pollfd fds[] = {
                {.fd = c->fd},
                {.fd = needs_process ? c->process.process->pidfd : -1, .events = POLLIN},
        };

        if (c->is_gone || poll(fds, ELEMENTSOF(fds), 0) != 0)
                core_session_set_gone(session);
}

/* Who sends no more has cancelled what still waits, if he hears that. */
void connection_end(Connection *c) {
        if (!c->session)
                return;
        event_del(c->on_readable);
        session_end_waits(c->session, session_is_alive(c->session) ? WAIT_END_CANCELLED
                                                                   : WAIT_END_SESSION_GONE);
        c->tail = c->session->output;
        c->session->output = (Buffer){0};
        attachments_move(&c->tail_attachments, &c->session->attachments, 0);
        c->session = session_end(c->session);
        c->output_since_ns = c->turn->core->now_ns;
        connection_flush(c);
}

/* Runs one line, and notes how long that took. */
static void run_line(Connection *c, const char *line, size_t n) {
        Core *core = c->turn->core;
        uint64_t slow_ms = c->turn->options->slow_call_ms;
        int64_t before_ns = core->now_ns;

        rpc_input(c->session, line, n);
        turn_set_time(c->turn);
        int64_t elapsed_ns = core->now_ns - before_ns;
        core_note_time(core, elapsed_ns);
        c->account->turn_ns += elapsed_ns;
        if (slow_ms && elapsed_ns >= (int64_t)slow_ms * 1000000)
                slow_call_write(c->turn->log, &c->turn->core->limits, c->session, line, n,
                                elapsed_ns);
        if (c->is_gone)
                drop_output(c);
}

/* Whether the calls of this user have not yet taken as long as they may in one turn, in all sessions together: then
 * the others come first. */
static bool has_time(Connection *c) {
        Account *account = c->account;

        if (account->turn != c->turn->number) {
                account->turn = c->turn->number;
                account->turn_ns = 0;
        }
        return account->turn_ns < USER_TURN_NS;
}

static bool may_run(const Connection *c) {
        return !c->session->is_cut_off && !c->is_paused;
}

/* Descriptors have a bound of their own, which only a batch can reach in this way. */
static bool has_many_unsent(const Connection *c, size_t n_bytes) {
        return buffer_size(&c->session->output) > n_bytes ||
               c->session->attachments.n > c->turn->core->limits.unsent_descriptors / 2;
}

static void update_pause(Connection *c) {
        if (!c->is_paused && has_many_unsent(c, OUTPUT_PAUSE) && !c->is_gone) {
                c->is_paused = true;
                event_del(c->on_readable);
        } else if (c->is_paused && (!has_many_unsent(c, OUTPUT_RESUME) || c->is_gone)) {
                c->is_paused = false;
                if (c->line_since_ns)
                        c->line_since_ns = c->turn->core->now_ns;
                event_add(c->on_readable, NULL);
                c->is_readable = !c->is_gone || c->n_last_words > 0;
                connection_schedule(c);
        }
}

/* A line that is over the bound is refused as soon as that is known, and the rest of it dropped. */
static void refuse_long_line(Connection *c) {
        rpc_refuse_long_line(c->session);
        c->is_skipping = true;
}

/* Runs the complete lines of these bytes, at most as many as there is budget for; answers how many
 * bytes are done with. What is left may hold more lines, if the budget is used up. */
static size_t run_lines(Connection *c, const char *data, size_t n, size_t n_searched,
                        uint64_t *budget) {
        const Limits *limits = &c->turn->core->limits;
        size_t done = 0;

        while (*budget > 0 && may_run(c) && has_time(c)) {
                size_t from = done > n_searched ? done : n_searched;
                const char *newline = from < n ? memchr(data + from, '\n', n - from) : NULL;
                if (!newline)
                        break;
                size_t n_line = newline - (data + done);
                if (c->is_skipping)
                        c->is_skipping = false;
                else if (n_line > limits->frame_bytes)
                        rpc_refuse_long_line(c->session);
                else
                        run_line(c, data + done, n_line);
                done += n_line + 1;
                c->line_since_ns = 0;
                --*budget;
                update_pause(c);
        }
        return done;
}

static bool has_line(const Connection *c) {
        size_t n = buffer_size(&c->input);

        return n > c->n_searched &&
               memchr(buffer_bytes(&c->input) + c->n_searched, '\n', n - c->n_searched);
}

/* What is left in the buffer is either lines for which there was no budget, or the beginning of one. */
static void note_rest(Connection *c) {
        size_t n = buffer_size(&c->input);

        if (!may_run(c))
                return;
        if (has_line(c)) {
                connection_schedule(c);
                return;
        }
        c->n_searched = n;
        if (n && !c->line_since_ns)
                c->line_since_ns = c->turn->core->now_ns;
        if (n > c->turn->core->limits.frame_bytes && !c->is_skipping)
                refuse_long_line(c);
        if (c->is_skipping) {
                buffer_consume(&c->input, n);
                c->n_searched = 0;
        }
}

static void run_buffered(Connection *c, uint64_t *budget) {
        size_t done = run_lines(c, buffer_bytes(&c->input), buffer_size(&c->input), c->n_searched,
                                budget);

        buffer_consume(&c->input, done);
        c->n_searched = c->n_searched > done ? c->n_searched - done : 0;
        note_rest(c);
}

/* After n bytes came where there was room for more. */
static void note_received(Connection *c, size_t n, size_t room) {
        c->is_readable = n == room;
        if (!c->is_gone)
                return;
        c->n_last_words -= n < c->n_last_words ? n : c->n_last_words;
        c->is_readable = c->n_last_words > 0;
}

static void note_receive_error(Connection *c, ssize_t n) {
        c->is_readable = false;
        if (n == 0)
                c->at_end = true;
        else if (errno == EINTR)
                c->is_readable = true;
        else if (errno != EAGAIN)
                c->at_end = c->is_gone = true;
}

/* Most messages are short and complete: they are run where they were received, and an idle connection
 * has no buffer at all. */
static void receive_to_scratch(Connection *c, uint64_t *budget) {
        Turn *turn = c->turn;
        ssize_t n = recv(c->fd, turn->scratch, sizeof(turn->scratch), 0);

        if (n <= 0) {
                note_receive_error(c, n);
                return;
        }
        note_received(c, n, sizeof(turn->scratch));
        size_t done = run_lines(c, turn->scratch, n, 0, budget);
        if (done == (size_t)n)
                return;
        if (buffer_append(&c->input, turn->scratch + done, n - done) < 0)
                session_cut_off(c->session, "there was no memory for its message");
        c->n_searched = 0;
        note_rest(c);
}

/* How many bytes to receive: as many as the buffer has room for, so that a message which is nearly complete does not
 * make it grow; else as many again as there are. */
static size_t input_room(const Buffer *input) {
        size_t left = input->capacity - input->end, size = buffer_size(input);

        if (left >= INPUT_ROOM_MIN)
                return left < INPUT_ROOM_MAX ? left : INPUT_ROOM_MAX;
        return size < TURN_SCRATCH ? TURN_SCRATCH : size < INPUT_ROOM_MAX ? size : INPUT_ROOM_MAX;
}

static void receive_to_input(Connection *c, uint64_t *budget) {
        size_t room = input_room(&c->input);

        if (buffer_reserve(&c->input, room) < 0) {
                session_cut_off(c->session, "there was no memory for its message");
                return;
        }
        ssize_t n = recv(c->fd, c->input.data + c->input.end, room, 0);
        if (n <= 0) {
                note_receive_error(c, n);
                return;
        }
        note_received(c, n, room);
        c->input.end += n;
        run_buffered(c, budget);
}

static void cut_off(Connection *c) {
        const Session *session = c->session;

        if (c->is_stuck)
                drop_output(c);
        reply_fault(c->session, NULL, 0, -32000, ECONNRESET, "this session is cut off: %s",
                    session->cut_off_reason);
        connection_end(c);
        /* Its last words would be what there is too much of. */
        if (c->is_too_much)
                connection_set_gone(c);
}

/* The end has come when the socket has nothing more and no complete line is left. An unfinished line is
 * dropped: it may be half of what was meant. */
static void check_end(Connection *c) {
        if (!c->session)
                return;
        if (c->session->is_cut_off) {
                cut_off(c);
                return;
        }
        bool has_more = c->is_readable || has_line(c) || c->is_paused;
        bool is_over = (c->at_end && !has_line(c) && !c->is_paused) || (c->is_gone && !has_more);
        if (is_over && outlives_socket(c))
                connection_detach(c);
        else if (is_over)
                connection_end(c);
}

void connection_run(Connection *c) {
        uint64_t budget = c->turn->core->limits.turn_calls;

        if (!c->session)
                return;
        if (!has_time(c)) {
                list_append(&c->turn->deferred, &c->in_runnable);
                return;
        }
        update_pause(c);
        if (may_run(c) && buffer_size(&c->input))
                run_buffered(c, &budget);
        if (budget && may_run(c) && c->is_readable && !c->at_end) {
                if (buffer_size(&c->input))
                        receive_to_input(c, &budget);
                else
                        receive_to_scratch(c, &budget);
        }
        if (c->is_readable && !c->is_paused && !c->at_end)
                connection_schedule(c);
        connection_charge(c);
        check_end(c);
}

static void note_unsent(Connection *c, size_t n) {
        Core *core = c->turn->core;

        if (n <= core->limits.output_soft_bytes && c->session && !c->is_stuck)
                c->output_since_ns = 0;
        else if (!c->output_since_ns)
                c->output_since_ns = core->now_ns;
        if (n > 0 && !c->is_stuck)
                event_add(c->on_writable, NULL);
}

void connection_flush(Connection *c) {
        Buffer *output = connection_output(c);
        int r = c->is_gone ? -EPIPE
                           : send_output(c->fd, output, connection_attachments(c),
                                         c->turn->core->limits.turn_output_bytes);

        /* The kernel has too many descriptors on their way, of all clients: the tick tries again. */
        c->is_stuck = r == -ETOOMANYREFS;
        if (r < 0 && r != -EAGAIN && r != -EINTR && !c->is_stuck) {
                connection_set_gone(c);
                drop_output(c);
        }
        note_unsent(c, buffer_size(output));
        connection_charge(c);
        if (!c->session) {
                check_over(c);
                return;
        }
        update_pause(c);
        check_end(c);
}
