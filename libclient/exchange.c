/* Sending a request and receiving its reply: once, and for the caller that sent it.
 *
 * A request goes through these states. Its own thread moves it; no other thread touches the session.
 *
 *   written    the line is in link->out, and none of out has left
 *   leaving    a part of out has left, not the last byte of the line
 *   sent       all of it has left (Request.is_sent): the daemon runs it, or has it waiting
 *   cancelled  sent, and session.cancel after it; the reply is still to come
 *   answered   the reply was read
 *
 * The daemon runs a line once its newline has arrived, and drops an unfinished line at the end of its session. From
 * that follows what a failure does:
 *
 *   state              the connection breaks                         the call is given up
 *   written            moves to a new session, once; a second        the line is taken back, the session goes on
 *   leaving            break fails the call, which had no effect     the session ends, the call had no effect
 *   sent               -ECONNRESET: it may have had an effect        becomes cancelled
 *   cancelled          -ECONNRESET: it may have had an effect        -EINTR, and the session ends
 *
 * The daemon replies to a cancelled call at once, with the cancellation or with the result that was faster. The reply
 * is received, so the session goes on with nothing left over. A thread that is cancelled (pthread_cancel(3)) cannot
 * wait for it: abandon() sends the cancellation, and the next call drops the late reply by its id.
 *
 * Must never happen:
 *   - a request is sent a second time after its last byte has left (request_run() repeats one that the daemon refused
 *     because its object was gone, which is another exchange);
 *   - a reply reaches another request: ids grow, and a reply with another id is dropped;
 *   - a session goes on behind half a line: a line that left in part is finished, or its session ends;
 *   - a request moves to a new session when locks of the old one were lost: the caller is told first. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/macros.h"
#include "connection/system.h"
#include "exchange.h"
#include "interrupt.h"
#include "message.h"

enum { SPIN_NS = 20000 };

/* Moves an unsent request to a new connection, and drops other unsent bytes, which were for the old session. */
static int move_to_new_session(Request *r) {
        Link *link = &r->client->link;
        CLEANUP(buffer_deinit) Buffer unsent = link->out;

        link->out = (Buffer){0};
        buffer_consume(&unsent, r->start);
        client_disconnect(r->client);
        if (holdings_are_lost(&r->client->holdings))
                return -ECONNRESET;
        int error = client_connect(r->client, r->manager);
        if (error < 0)
                return error;
        error = request_join(r);
        r->start = buffer_size(&link->out);
        if (error == 0)
                error = buffer_append(&link->out, buffer_bytes(&unsent), buffer_size(&unsent));
        r->is_first = true;
        if (error == 0)
                error = request_keep(r);
        return error < 0 ? client_fail(r->client, error, "memory ran out") : 0;
}

bool exchange_goes_on(int error) {
        return error == -EMSGSIZE || error == -ENOMEM;
}

int exchange_last_words(Link *link, Response *ret) {
        const char *line;
        size_t n;
        int n_received;

        do
                n_received = link_receive(link);
        while (n_received > 0 || n_received == -EINTR);
        while (link_next(link, &line, &n)) {
                int error = response_read(ret, line, n);
                link_next_done(link, n);
                if (error < 0)
                        return -ENOENT;
                if (!ret->has_id && ret->error)
                        return 0;
                response_deinit(ret);
        }
        return -ENOENT;
}

/* Two connections in a row were closed before the request could be sent. */
static int fail_to_send(Request *r, int error) {
        Response response;

        if (exchange_last_words(&r->client->link, &response) < 0) {
                client_disconnect(r->client);
                return client_fail(r->client, -ECONNRESET, "the connection to the daemon broke: %s",
                                   strerror(-error));
        }
        error = response.error;
        client_disconnect(r->client);
        client_set_error(r->client, response.text ? response.text : "", response.n_text,
                         json_object_get(response.data));
        response_deinit(&response);
        return error;
}

/* The daemon does not run an unfinished line. But a session cannot continue after a part of a line has left. */
static int give_up_sending(Request *r) {
        Link *link = &r->client->link;

        if (link->n_sent == 0)
                buffer_truncate(&link->out, r->start);
        else
                client_disconnect(r->client);
        return client_fail(r->client, -EINTR, "the call was interrupted before it was sent");
}

/* Sends some of the output. Returns 0, -ECANCELED if the caller is to give up, or another negative errno. */
static int send_some(Request *r) {
        Link *link = &r->client->link;
        int n = link_send(link);

        if (n == -EAGAIN) {
                n = interrupt_poll(r->manager, &r->client->is_asking, link->fd, POLLOUT, false);
                return n == -EINTR ? -ECANCELED : n < 0 ? n : 0;
        }
        return n == -EINTR || n >= 0 ? 0 : n;
}

static int send_all(Request *r) {
        bool is_second = false;

        while (buffer_size(&r->client->link.out) > 0) {
                int error = send_some(r);
                if (error == 0)
                        continue;
                if (error == -ECANCELED)
                        return give_up_sending(r);
                if (is_second || (error != -EPIPE && error != -ECONNRESET))
                        return fail_to_send(r, error);
                is_second = true;
                error = move_to_new_session(r);
                if (error < 0) {
                        client_disconnect(r->client);
                        return error;
                }
        }
        return 0;
}

/* Sends the cancellation. It never moves to another session, where the id may belong to another request. */
static int send_cancel(Request *r) {
        Link *link = &r->client->link;
        int error = message_write_cancel(&link->out, r->id);

        while (error == 0 && buffer_size(&link->out) > 0) {
                struct pollfd p = {.fd = link->fd, .events = POLLOUT};
                int n = link_send(link);
                if (n == -EAGAIN)
                        system_poll(&p, 1, -1);
                else if (n < 0 && n != -EINTR)
                        error = -ECONNRESET;
        }
        return error;
}

static int64_t now_ns(void) {
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Polls for the reply for SPIN_NS instead of sleeping, once for each call: a call that waits in the daemon sleeps. Returns the
 * result of link_receive(): -EAGAIN if nothing arrived. */
static int spin(Request *r) {
        int64_t end_ns = now_ns() + SPIN_NS;
        int n;

        r->has_spun = true;
        do
                n = link_receive(&r->client->link);
        while (n == -EAGAIN && now_ns() < end_ns);
        return n;
}

/* Waits for input, and receives it. Returns 0, or -EINTR if the program interrupts the call a second time, after it was
 * cancelled: then the reply to the cancellation is not awaited either. */
static int receive_some(Request *r, bool *is_cancelled) {
        Link *link = &r->client->link;

        int n = r->manager->spins && !r->has_spun ? spin(r) : -EAGAIN;

        if (n == -EAGAIN) {
                n = interrupt_poll(r->manager, &r->client->is_asking, link->fd, POLLIN,
                                   !*is_cancelled);
                if (n == -EINTR && !*is_cancelled) {
                        *is_cancelled = true;
                        return send_cancel(r);
                }
                if (n < 0)
                        return n;
                n = link_receive(link);
        }
        if (n > 0 || n == -EINTR || n == -EAGAIN)
                return 0;
        return n == -ENOMEM ? n : -ECONNRESET;
}

/* Returns whether a reply ends this exchange: it has the id of the request, or is an error about the session as a whole. */
static bool is_answer(const Request *r, const Response *response) {
        return response->has_id ? response->id == r->id : response->error != 0;
}

static int receive_reply(Request *r, Response *ret) {
        Link *link = &r->client->link;
        bool is_cancelled = false;
        int error = 0;

        while (error == 0) {
                const char *line;
                size_t n;
                while (error == 0 && link_next(link, &line, &n)) {
                        error = response_read_plain(ret, line, n) ? 0 : response_read(ret, line, n);
                        link_next_done(link, n);
                        if (error == 0 && is_answer(r, ret)) {
                                if (is_cancelled && ret->error == -ECANCELED)
                                        ret->error = -EINTR;
                                return 0;
                        }
                        if (error == 0)
                                response_deinit(ret);
                }
                if (error == 0)
                        error = receive_some(r, &is_cancelled);
        }
        return error;
}

static int end_session(Request *r, int error) {
        client_disconnect(r->client);
        if (error == -ECONNRESET)
                return client_fail(r->client, error,
                                   "the connection to the daemon was lost during the call, which "
                                   "may have taken effect");
        if (error == -EINTR)
                return client_fail(
                        r->client, error,
                        "the call was interrupted before its reply came, and may have taken "
                        "effect; the session was closed");
        return client_fail(r->client, error, "the daemon's reply could not be read: %s",
                           strerror(-error));
}

static int run(Request *r, Response *ret) {
        int error = send_all(r);

        if (error < 0)
                return error;
        r->is_sent = true;
        error = receive_reply(r, ret);
        if (error < 0)
                return end_session(r, error);
        if (!ret->has_id && !exchange_goes_on(ret->error))
                client_disconnect(r->client);
        return 0;
}

/* The thread was cancelled within the call. The session stays until the thread has ended, so that what the thread
 * holds is still held in its cleanup handlers. The next call drops the late reply. */
static void abandon(Request **unfinished) {
        Request *r = *unfinished;

        if (!r)
                return;
        r->client->link.takes_fd = false;
        if (r->client->link.fd >= 0 && !r->is_sent)
                give_up_sending(r);
        else if (r->client->link.fd >= 0 && message_write_cancel(&r->client->link.out, r->id) == 0)
                client_flush(r->client);
}

int exchange_run(Request *r, Response *ret) {
        CLEANUP(abandon) Request *unfinished = r;
        int error = run(r, ret);

        unfinished = NULL;
        return error;
}
