/* Requests: building, sending, waiting for the answer. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "json-text.h"
#include "json-value.h"
#include "request.h"
#include "response.h"

static int write_head(Buffer *out, const char *method) {
        int r = buffer_append_string(out, "{\"jsonrpc\":\"2.0\",\"method\":");

        return r == 0 ? json_write_string(out, method, strlen(method)) : r;
}

int request_write(Buffer *out, uint64_t id, const char *method, struct json_object *params) {
        size_t start = buffer_size(out);
        int r = write_head(out, method);

        if (r == 0 && params)
                r = buffer_append_string(out, ",\"params\":");
        if (r == 0 && params)
                r = json_write(out, params);
        if (r == 0)
                r = buffer_append_format(out, ",\"id\":%llu}\n", (unsigned long long)id);
        if (r < 0)
                buffer_truncate(out, start);
        return r;
}

int request_write_notification(Buffer *out, const char *method, const char *name) {
        size_t start = buffer_size(out);
        int r = write_head(out, method);

        if (r == 0)
                r = buffer_append_string(out, ",\"params\":[");
        if (r == 0)
                r = json_write_string(out, name, strlen(name));
        if (r == 0)
                r = buffer_append_string(out, "]}\n");
        if (r < 0)
                buffer_truncate(out, start);
        return r;
}

void request_begin(Request *r, shmgr_manager *manager, const char *method) {
        *r = (Request){.manager = manager};
        r->error = client_get(manager, &r->client);
        if (r->error < 0)
                return;
        r->error = client_connect(r->client, manager);
        if (r->error < 0)
                return;
        r->id = ++r->client->last_id;
        r->start = buffer_size(&r->client->link.out);
        r->error = write_head(&r->client->link.out, method);
        if (r->error == 0)
                r->error = buffer_append_string(&r->client->link.out, ",\"params\":[");
}

void request_begin_raw(Request *r, shmgr_manager *manager, const char *method,
                       struct json_object *params) {
        *r = (Request){.manager = manager, .is_whole = true};
        r->error = client_get(manager, &r->client);
        if (r->error < 0)
                return;
        r->error = client_connect(r->client, manager);
        if (r->error < 0)
                return;
        r->id = ++r->client->last_id;
        r->start = buffer_size(&r->client->link.out);
        if (params && !json_object_is_type(params, json_type_array) &&
            !json_object_is_type(params, json_type_object))
                r->error = client_fail(r->client, -EINVAL, "params are an array or an object");
        else
                r->error = request_write(&r->client->link.out, r->id, method, params);
        if (r->error == -EINVAL)
                client_fail(r->client, -EINVAL, "the parameters cannot be written as JSON");
}

/* The comma before a parameter; false when it need not be written any more. */
static bool next_param(Request *r) {
        if (r->error == 0 && r->n_params++ > 0)
                r->error = buffer_append(&r->client->link.out, ",", 1);
        return r->error == 0;
}

/* What writing a parameter came to. */
static void note_written(Request *r, int error, const char *fault) {
        r->error = error == -EINVAL ? client_fail(r->client, error, "%s", fault) : error;
}

void request_string(Request *r, const char *value) {
        if (!value && r->error == 0)
                r->error = client_fail(r->client, -EINVAL, "a string is NULL");
        if (next_param(r))
                note_written(r, json_write_string(&r->client->link.out, value, strlen(value)),
                             "a string is not valid UTF-8");
}

void request_int(Request *r, int64_t value) {
        if (next_param(r))
                r->error = json_write_int(&r->client->link.out, value);
}

void request_double(Request *r, double value) {
        if (next_param(r))
                note_written(r, json_write_double(&r->client->link.out, value),
                             "a number is infinite or not a number");
}

void request_bool(Request *r, bool value) {
        if (next_param(r))
                r->error = buffer_append_string(&r->client->link.out, value ? "true" : "false");
}

void request_null(Request *r) {
        if (next_param(r))
                r->error = buffer_append_string(&r->client->link.out, "null");
}

void request_json(Request *r, struct json_object *value) {
        if (next_param(r))
                note_written(r, json_write(&r->client->link.out, value),
                             "a value cannot be written as JSON");
}

void request_timeout(Request *r, int64_t timeout_ms) {
        if (timeout_ms == SHMGR_FOREVER)
                request_null(r);
        else if (timeout_ms < 0 && r->error == 0)
                r->error = client_fail(r->client, -EINVAL,
                                       "a timeout is not negative, but for SHMGR_FOREVER");
        else
                request_int(r, timeout_ms);
}

void request_slice(Request *r, int64_t start, int64_t stop, int64_t step) {
        const int64_t bounds[] = {start, stop, step};

        for (size_t i = 0; i < ELEMENTSOF(bounds); i++) {
                if (bounds[i] == SHMGR_NONE)
                        request_null(r);
                else
                        request_int(r, bounds[i]);
        }
}

/* Sends what is in the output. When nothing of it had left on a connection that turns out to be dead, or only
 * a part, whose last line the daemon does not carry out, it goes out once more on a new one. */
static int send_all(Request *r) {
        Link *link = &r->client->link;
        bool is_second = false;

        while (buffer_size(&link->out) > 0) {
                int n = link_send(link, true);
                if (n >= 0 || n == -EINTR)
                        continue;
                if (is_second || (n != -EPIPE && n != -ECONNRESET)) {
                        client_disconnect(r->client);
                        return client_fail(r->client, -ECONNRESET,
                                           "the connection to the daemon broke: %s", strerror(-n));
                }
                is_second = true;
                n = client_reconnect(r->client, r->manager);
                if (n < 0) {
                        link_clear(link);
                        return n;
                }
        }
        return 0;
}

/* Whether the call shall be given up, after a signal. */
static bool is_interrupted(const Request *r) {
        return r->manager->is_interrupted && r->manager->is_interrupted(r->manager->userdata);
}

/* Waits until something can be received. poll() returns after every signal, also where recv() is restarted. */
static int wait_for_input(Request *r, bool *is_cancelled) {
        struct pollfd p = {.fd = r->client->link.fd, .events = POLLIN};

        if (!r->manager->is_interrupted || *is_cancelled || poll(&p, 1, -1) >= 0)
                return 0;
        if (errno != EINTR)
                return -errno;
        if (!is_interrupted(r))
                return -EINTR;
        *is_cancelled = true;
        int error = buffer_append_format(
                &r->client->link.out,
                "{\"jsonrpc\":\"2.0\",\"method\":\"session.cancel\",\"params\":[%llu]}\n",
                (unsigned long long)r->id);
        return error == 0 ? send_all(r) : error;
}

static int receive_some(Request *r, bool *is_cancelled) {
        int error = wait_for_input(r, is_cancelled);
        if (error < 0)
                return error == -EINTR ? 0 : error;
        int n = link_receive(&r->client->link, true);
        if (n > 0 || n == -EINTR)
                return 0;
        if (n == -ENOMEM)
                return n;
        return -ECONNRESET;
}

/* Reads replies until that of this request; late ones to calls that were given up are dropped. */
static int receive_reply(Request *r, Response *ret) {
        Link *link = &r->client->link;
        bool is_cancelled = false;
        const char *line;
        size_t n;

        for (;;) {
                while (link_next(link, &line, &n)) {
                        int error = response_read(ret, line, n);
                        link_next_done(link, n);
                        if (error < 0)
                                return error;
                        if (ret->has_id && ret->id == r->id) {
                                if (is_cancelled && ret->error == -ECANCELED)
                                        ret->error = -EINTR;
                                return 0;
                        }
                        /* An error without an id is about the session as a whole. */
                        if (!ret->has_id && ret->error)
                                return 0;
                        response_deinit(ret);
                }
                int error = receive_some(r, &is_cancelled);
                if (error < 0)
                        return error;
        }
}

static int finish(Request *r) {
        Buffer *out = &r->client->link.out;
        int error = buffer_append_format(out, "],\"id\":%llu}\n", (unsigned long long)r->id);

        if (error < 0)
                buffer_truncate(out, r->start);
        return error;
}

/* Takes back a request that could not be finished. */
static int give_up(Request *r) {
        if (!r->client)
                return r->error;
        if (r->client->link.fd >= 0)
                buffer_truncate(&r->client->link.out, r->start);
        if (r->error == -ENOMEM)
                client_fail(r->client, -ENOMEM, "memory ran out");
        return r->error;
}

static int end_session(Request *r, int error) {
        client_disconnect(r->client);
        if (error == -ECONNRESET)
                return client_fail(
                        r->client, error,
                        "the daemon went away during the call, which may have taken effect");
        return client_fail(r->client, error, "the daemon's answer could not be read: %s",
                           strerror(-error));
}

int request_run(Request *r, struct json_object **ret) {
        Response response;

        if (r->error == 0 && !r->is_whole)
                r->error = finish(r);
        if (r->error < 0)
                return give_up(r);
        int error = send_all(r);
        if (error < 0)
                return error;
        error = receive_reply(r, &response);
        if (error < 0)
                return end_session(r, error);
        if (response.error) {
                error = response.error;
                client_set_error(r->client, response.text ? response.text : "", response.n_text,
                                 json_object_get(response.data));
        } else if (ret)
                *ret = json_object_get(response.result);
        response_deinit(&response);
        return error;
}

/* The result, when it is of the type: 0, or -EINVAL with words. */
static int run_typed(Request *r, enum json_type type, const char *name, struct json_object **ret) {
        int error = request_run(r, ret);

        if (error < 0)
                return error;
        enum json_type is = json_object_get_type(*ret);
        if (is == type || (type == json_type_double && is == json_type_int))
                return 0;
        error = client_fail(r->client, -EINVAL, "the value is %s, not %s", json_kind_name(*ret),
                            name);
        json_object_put(*ret);
        return error;
}

int request_run_int(Request *r, int64_t *ret) {
        struct json_object *value;
        int error = run_typed(r, json_type_int, "an integer", &value);

        if (error < 0)
                return error;
        if (ret)
                *ret = json_object_get_int64(value);
        json_object_put(value);
        return 0;
}

int request_run_double(Request *r, double *ret) {
        struct json_object *value;
        int error = run_typed(r, json_type_double, "a number", &value);

        if (error < 0)
                return error;
        if (ret)
                *ret = json_object_get_double(value);
        json_object_put(value);
        return 0;
}

int request_run_bool(Request *r, int *ret) {
        struct json_object *value;
        int error = run_typed(r, json_type_boolean, "a boolean", &value);

        if (error < 0)
                return error;
        if (ret)
                *ret = json_object_get_boolean(value);
        json_object_put(value);
        return 0;
}

int request_run_string(Request *r, char **ret) {
        struct json_object *value;
        int error = run_typed(r, json_type_string, "a string", &value);

        if (error < 0)
                return error;
        char *copy =
                strndup(json_object_get_string(value), (size_t)json_object_get_string_len(value));
        json_object_put(value);
        if (!copy)
                return client_fail(r->client, -ENOMEM, "memory ran out");
        *ret = copy;
        return 0;
}

int request_run_flag(Request *r) {
        int flag, error = request_run_bool(r, &flag);

        return error < 0 ? error : flag;
}
