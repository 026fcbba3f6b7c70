/* Batches and pipelines: many requests sent at once.
 *
 * ATOMIC is one line, an array: the daemon runs it as a whole, and replies with one line. PIPELINE is a line for each call, which
 * may wait and whose replies come in any order.
 *
 * Sending and receiving go on together (transfer()): the daemon stops reading from a client that does not read its replies, so a
 * program that first sent everything could wait for ever.
 *
 * The ids are 1 to n, since no other request of this session is under way. A late reply would be mistaken for a reply of the next
 * batch: so a batch that is given up ends its session.
 *
 * No request is sent again that may have arrived. A connection that breaks before the first call is complete is replaced, once. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "exchange.h"
#include "interrupt.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "message.h"

struct shmgr_batch {
        shmgr_manager *manager;
        int mode;
        Buffer text; /* the requests, a line each, with ids from 1 */
        size_t n;
        Response *responses;    /* by id - 1 */
        HoldingChange *changes; /* by id - 1 */
        size_t n_changes;       /* allocated */
        size_t n_answered;
        bool was_run;
        bool was_moved; /* to a second connection, once */
        bool is_running;
        bool is_over; /* the last reference was dropped while it ran: freed at the end of the run */
};

int shmgr_batch_new(shmgr_manager *manager, int mode, shmgr_batch **ret_batch) {
        if (mode != SHMGR_BATCH_ATOMIC && mode != SHMGR_BATCH_PIPELINE)
                return -EINVAL;
        shmgr_batch *batch = calloc(1, sizeof(*batch));
        if (!batch)
                return -ENOMEM;
        batch->manager = shmgr_manager_ref(manager);
        batch->mode = mode;
        *ret_batch = batch;
        return 0;
}

shmgr_batch *shmgr_batch_unref(shmgr_batch *batch) {
        if (!batch)
                return NULL;
        if (batch->is_running) {
                batch->is_over = true;
                return NULL;
        }
        for (size_t i = 0; batch->responses && i < batch->n; i++)
                response_deinit(&batch->responses[i]);
        free(batch->responses);
        for (size_t i = 0; i < batch->n; i++)
                holding_change_deinit(&batch->changes[i]);
        free(batch->changes);
        buffer_deinit(&batch->text);
        shmgr_manager_unref(batch->manager);
        free(batch);
        return NULL;
}

void shmgr_batch_unrefp(shmgr_batch **batch) {
        shmgr_batch_unref(*batch);
}

static int complain_of_params(shmgr_batch *batch, int r) {
        return manager_fail(batch->manager, r,
                            r == -EINVAL ? "the parameters cannot be written as JSON"
                                         : "memory ran out");
}

static int reserve_change(shmgr_batch *batch) {
        if (batch->n < batch->n_changes)
                return 0;
        size_t n = batch->n_changes ? 2 * batch->n_changes : 16;
        HoldingChange *changes = realloc(batch->changes, n * sizeof(*changes));
        if (!changes)
                return -ENOMEM;
        batch->changes = changes;
        batch->n_changes = n;
        return 0;
}

/* In an atomic batch the lines are elements of an array: the newline of each becomes a comma when the next one is added. */
int shmgr_batch_add(shmgr_batch *batch, const char *method, struct json_object *params) {
        if (batch->was_run)
                return manager_fail(batch->manager, -EALREADY, "the batch has already been run");
        if (batch->n >= INT32_MAX)
                return manager_fail(batch->manager, -EMSGSIZE, "the batch is full");
        if (batch->mode == SHMGR_BATCH_ATOMIC && buffer_size(&batch->text) == 0) {
                int r = buffer_append(&batch->text, "[", 1);
                if (r < 0)
                        return complain_of_params(batch, r);
        }
        size_t end = buffer_size(&batch->text);
        int r = reserve_change(batch);
        if (r == 0)
                r = message_write_request(&batch->text, batch->n + 1, method, params);
        if (r == 0)
                r = holding_change_of(method, params, &batch->changes[batch->n]);
        if (r < 0) {
                buffer_truncate(&batch->text, end);
                return complain_of_params(batch, r);
        }
        if (batch->mode == SHMGR_BATCH_ATOMIC && batch->n > 0)
                buffer_bytes(&batch->text)[end - 1] = ',';
        return (int)batch->n++;
}

/* Takes one response. An error without an id is about the session as a whole. */
static int take_response(shmgr_batch *batch, Client *client, const char *text, size_t n) {
        Response response;

        int r = response_read(&response, text, n);
        if (r < 0)
                return r;
        if (response.has_id && response.id > 0 && response.id <= batch->n &&
            !batch->responses[response.id - 1].has_id) {
                batch->responses[response.id - 1] = response;
                batch->n_answered++;
                return 0;
        }
        if (!response.has_id && response.error) {
                r = response.error;
                client_set_error(client, response.text ? response.text : "", response.n_text,
                                 json_object_get(response.data));
        }
        response_deinit(&response);
        return r;
}

/* Takes one line: a reply, or an array of replies. */
static int take_line(shmgr_batch *batch, Client *client, const char *line, size_t n) {
        static const JsonLimits limits = {.max_depth = 1010, .max_members = (size_t)1 << 26};
        JsonCursor cursor;
        JsonSpan reply;
        JsonScan scan;

        if (n == 0 || line[0] != '[')
                return take_response(batch, client, line, n);
        int r = json_scan(line, n, &limits, &scan);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        json_cursor_init(&cursor, &scan.root);
        while (r == 0 && json_cursor_next(&cursor, NULL, &reply))
                r = take_response(batch, client, reply.text, reply.n);
        return r;
}

static int take_lines(shmgr_batch *batch, Client *client) {
        const char *line;
        size_t n;
        int r = 0;

        while (r == 0 && batch->n_answered < batch->n && link_next(&client->link, &line, &n)) {
                r = take_line(batch, client, line, n);
                link_next_done(&client->link, n);
        }
        return r;
}

static int put_text(shmgr_batch *batch, Client *client) {
        int r = client_connect(client, batch->manager);

        for (size_t i = 0; r == 0 && i < batch->n && !batch->was_moved; i++)
                r = holdings_prepare(&client->holdings, &batch->changes[i]);
        if (r == 0)
                r = handles_give_back(&client->handles, &client->link.out);
        if (r == 0)
                r = buffer_append(&client->link.out, buffer_bytes(&batch->text),
                                  buffer_size(&batch->text));
        return r == -ENOMEM ? client_fail(client, r, "memory ran out") : r;
}

/* Cancels the calls without a reply. An atomic batch has no calls that wait. */
static int cancel_rest(shmgr_batch *batch, Client *client) {
        int r = 0;

        for (size_t i = 0; r == 0 && batch->mode == SHMGR_BATCH_PIPELINE && i < batch->n; i++)
                if (!batch->responses[i].has_id)
                        r = message_write_cancel(&client->link.out, i + 1);
        return r;
}

/* Sends some of the output. A connection that broke before any call was complete is replaced, once. */
static int send_some(shmgr_batch *batch, Client *client) {
        int r = link_send(&client->link);

        if (r >= 0 || r == -EAGAIN || r == -EINTR)
                return 0;
        if (batch->was_moved || batch->n_answered > 0 ||
            (client->link.n_sent > 0 && batch->mode == SHMGR_BATCH_PIPELINE))
                return -ECONNRESET;
        batch->was_moved = true;
        client_disconnect(client);
        return holdings_are_lost(&client->holdings) ? -ECONNRESET : put_text(batch, client);
}

static int receive_some(Client *client) {
        int r = link_receive(&client->link);

        if (r > 0 || r == -EAGAIN || r == -EINTR)
                return 0;
        return r == -ENOMEM ? r : -ECONNRESET;
}

/* Sends and receives as either is possible: the daemon stops reading when its replies are not read. */
static int transfer(shmgr_batch *batch, Client *client) {
        bool is_cancelled = false;

        for (;;) {
                int r = take_lines(batch, client);
                if (r < 0 || batch->n_answered == batch->n)
                        return r;
                short to_send = buffer_size(&client->link.out) > 0 ? POLLOUT : 0;
                int events = interrupt_poll(batch->manager, &client->is_asking, client->link.fd,
                                            POLLIN | to_send, !is_cancelled);
                if (events == -EINTR && !is_cancelled) {
                        is_cancelled = true;
                        r = cancel_rest(batch, client);
                } else if (events < 0)
                        return events;
                else if (to_send && (events & ~POLLIN))
                        r = send_some(batch, client);
                else
                        r = receive_some(client);
                if (r < 0)
                        return r;
        }
}

static int batch_finish(shmgr_batch *batch) {
        batch->was_run = true;
        batch->responses = calloc(batch->n ? batch->n : 1, sizeof(*batch->responses));
        if (!batch->responses)
                return -ENOMEM;
        if (batch->mode == SHMGR_BATCH_PIPELINE || batch->n == 0)
                return 0;
        buffer_truncate(&batch->text, buffer_size(&batch->text) - 1);
        return buffer_append(&batch->text, "]\n", 2);
}

/* The reason that the daemon gave for closing the session is a better error than the end itself. */
static int fail_run(Client *client, int r) {
        CLEANUP(response_deinit) Response response = {0};

        if (r == -ECONNRESET && client->link.fd >= 0 &&
            exchange_last_words(&client->link, &response) == 0) {
                client_set_error(client, response.text ? response.text : "", response.n_text,
                                 json_object_get(response.data));
                return response.error;
        }
        if (r == -ECONNRESET)
                return client_fail(client, r,
                                   "the connection to the daemon was lost during the calls, which "
                                   "may have taken "
                                   "effect");
        if (r == -EBADMSG || r == -EINTR)
                return client_fail(client, r, "the calls were cancelled: %s", strerror(-r));
        return r;
}

/* Set while the batch runs. If the thread is cancelled then, its ids would be used again, so the session ends. */
typedef struct Running {
        shmgr_batch *batch;
        Client *client; /* NULL once it has run */
} Running;

static void end_running(const Running *running) {
        shmgr_batch *batch = running->batch;

        if (running->client)
                client_disconnect(running->client);
        batch->is_running = false;
        if (batch->is_over)
                shmgr_batch_unref(batch);
}

/* Calls that were answered have taken effect, even if the batch failed. */
static void apply_changes(shmgr_batch *batch, Client *client) {
        for (size_t i = 0; i < batch->n; i++) {
                const Response *response = &batch->responses[i];
                holdings_apply(&client->holdings, &batch->changes[i],
                               response->has_id && !response->error, response->result);
        }
}

/* The ids are the batch's own, and small; no other request of this session is under way. */
static int run(shmgr_batch *batch, Client *client) {
        CLEANUP(end_running) Running running = {.batch = batch, .client = client};

        batch->is_running = true;
        int r = put_text(batch, client);
        bool is_put = r == 0;
        if (is_put)
                r = transfer(batch, client);
        running.client = NULL;
        if (!is_put)
                return r;
        if (client->last_id < batch->n)
                client->last_id = batch->n;
        apply_changes(batch, client);
        if (r == 0)
                return 0;
        r = fail_run(client, r);
        /* A batch that was refused as a whole leaves the session as it was. */
        if (batch->mode == SHMGR_BATCH_PIPELINE || !exchange_goes_on(r))
                client_disconnect(client);
        for (size_t i = 0; i < batch->n; i++)
                response_deinit(&batch->responses[i]);
        int lost = client_check_lost(client, batch->manager, r == -ECONNRESET);
        return lost < 0 ? lost : r;
}

int shmgr_batch_run(shmgr_batch *batch) {
        Client *client;

        if (batch->was_run)
                return manager_fail(batch->manager, -EALREADY, "the batch has already been run");
        int r = client_get(batch->manager, &client);
        if (r == 0)
                r = client_may_call(client);
        if (r == 0)
                r = client_check_lost(client, batch->manager, true);
        if (r < 0)
                return r;
        r = batch_finish(batch);
        if (r < 0)
                return client_fail(client, r, "memory ran out");
        return batch->n == 0 ? 0 : run(batch, client);
}

int shmgr_batch_result(shmgr_batch *batch, int i, struct json_object **ret_result) {
        Client *client;

        int r = client_get(batch->manager, &client);
        if (r < 0)
                return r;
        if (i < 0 || (size_t)i >= batch->n || !batch->responses || !batch->responses[i].has_id)
                return client_fail(client, -EINVAL, "the batch has no result %d", i);
        const Response *response = &batch->responses[i];
        if (response->error) {
                client_set_error(client, response->text ? response->text : "", response->n_text,
                                 json_object_get(response->data));
                return response->error;
        }
        if (ret_result)
                *ret_result = json_object_get(response->result);
        return 0;
}
