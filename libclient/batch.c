/* Batches and pipelines: many requests sent at once. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "json-text.h"
#include "json-util.h"
#include "request.h"
#include "response.h"

struct shmgr_batch {
        shmgr_manager *manager;
        int mode;
        Buffer text; /* the requests, a line each, with ids from 1 */
        size_t n;
        Response *responses; /* by id - 1 */
        bool was_run;
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
        for (size_t i = 0; batch->responses && i < batch->n; i++)
                response_deinit(&batch->responses[i]);
        free(batch->responses);
        buffer_deinit(&batch->text);
        shmgr_manager_unref(batch->manager);
        free(batch);
        return NULL;
}

void shmgr_batch_unrefp(shmgr_batch **batch) {
        shmgr_batch_unref(*batch);
}

/* In a batch the lines are members of an array: the newline of each becomes a comma when the next one comes. */
int shmgr_batch_add(shmgr_batch *batch, const char *method, struct json_object *params) {
        if (batch->was_run)
                return -EALREADY;
        if (batch->n >= INT32_MAX)
                return -EMSGSIZE;
        if (batch->mode == SHMGR_BATCH_ATOMIC) {
                int r = batch->n == 0 ? buffer_append(&batch->text, "[", 1) : 0;
                if (r < 0)
                        return r;
        }
        size_t end = buffer_size(&batch->text);
        int r = request_write(&batch->text, batch->n + 1, method, params);
        if (r < 0)
                return r;
        if (batch->mode == SHMGR_BATCH_ATOMIC && batch->n > 0)
                buffer_bytes(&batch->text)[end - 1] = ',';
        return (int)batch->n++;
}

static int take_response(shmgr_batch *batch, const char *text, size_t n, size_t *n_taken) {
        Response response;

        int r = response_read(&response, text, n);
        if (r < 0)
                return r;
        if (!response.has_id || response.id == 0 || response.id > batch->n ||
            batch->responses[response.id - 1].has_id) {
                r = response.has_id ? 0 : response.error ? response.error : 0;
                response_deinit(&response);
                return r;
        }
        batch->responses[response.id - 1] = response;
        ++*n_taken;
        return 0;
}

/* One line: a reply, or an array of them. */
static int take_line(shmgr_batch *batch, const char *line, size_t n, size_t *n_taken) {
        static const JsonLimits limits = {.max_depth = 1010, .max_members = (size_t)1 << 26};
        JsonCursor cursor;
        JsonSpan reply;
        JsonScan scan;

        if (n == 0 || line[0] != '[')
                return take_response(batch, line, n, n_taken);
        int r = json_scan(line, n, &limits, &scan);
        if (r < 0)
                return r;
        json_cursor_init(&cursor, &scan.root);
        while (r == 0 && json_cursor_next(&cursor, NULL, &reply))
                r = take_response(batch, reply.text, reply.n, n_taken);
        return r;
}

/* Sends and receives as either is possible: the daemon stops reading when its replies are not read. */
static int transfer(shmgr_batch *batch, Link *link) {
        size_t n_taken = 0;

        while (n_taken < batch->n) {
                const char *line;
                size_t n;
                while (n_taken < batch->n && link_next(link, &line, &n)) {
                        int r = take_line(batch, line, n, &n_taken);
                        link_next_done(link, n);
                        if (r < 0)
                                return r;
                }
                if (n_taken == batch->n)
                        break;
                bool has_output = buffer_size(&link->out) > 0;
                struct pollfd p = {.fd = link->fd, .events = POLLIN | (has_output ? POLLOUT : 0)};
                if (poll(&p, 1, -1) < 0) {
                        if (errno == EINTR)
                                continue;
                        return -errno;
                }
                int r = p.revents & POLLOUT ? link_send(link, false) : 0;
                if (r < 0 && r != -EAGAIN && r != -EINTR)
                        return -ECONNRESET;
                r = p.revents & ~POLLOUT ? link_receive(link, false) : -EAGAIN;
                if (r == 0 || (r < 0 && r != -EAGAIN && r != -EINTR))
                        return r == -ENOMEM ? r : -ECONNRESET;
        }
        return 0;
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

/* The ids are the batch's own, and small; no other request of this session is under way. */
int shmgr_batch_run(shmgr_batch *batch) {
        Client *client;

        if (batch->was_run)
                return -EALREADY;
        int r = client_get(batch->manager, &client);
        if (r == 0)
                r = batch_finish(batch);
        if (r < 0 || batch->n == 0)
                return r;
        r = client_connect(client, batch->manager);
        if (r < 0)
                return r;
        r = buffer_append(&client->link.out, buffer_bytes(&batch->text), buffer_size(&batch->text));
        if (r == 0)
                r = transfer(batch, &client->link);
        if (r < 0) {
                client_disconnect(client);
                for (size_t i = 0; i < batch->n; i++)
                        response_deinit(&batch->responses[i]);
                return client_fail(client, r, "the batch could not be finished: %s", strerror(-r));
        }
        if (client->last_id < batch->n)
                client->last_id = batch->n;
        return 0;
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
