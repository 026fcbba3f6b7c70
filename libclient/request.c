/* Requests: building them, and reading what came of them. */
#include <errno.h>
#include <string.h>

#include "connection/system.h"
#include "exchange.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "json/json-value.h"
#include "proxy.h"
#include "request.h"
#include "response.h"

static int write_head(Buffer *out, const char *method) {
        int r = buffer_append_string(out, "{\"jsonrpc\":\"2.0\",\"method\":");

        return r == 0 ? json_write_string(out, method, strlen(method)) : r;
}

static bool are_params(struct json_object *params) {
        return !params || json_object_is_type(params, json_type_array) ||
               json_object_is_type(params, json_type_object);
}

int request_write(Buffer *out, uint64_t id, const char *method, struct json_object *params) {
        size_t start = buffer_size(out);
        int r = are_params(params) ? write_head(out, method) : -EINVAL;

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

int request_write_cancel(Buffer *out, uint64_t id) {
        return buffer_append_format(
                out, "{\"jsonrpc\":\"2.0\",\"method\":\"session.cancel\",\"params\":[%llu]}\n",
                (unsigned long long)id);
}

/* Finds the session, and puts in front what it has to say by itself. */
static void request_start(Request *r) {
        r->error = client_get(r->manager, &r->client);
        if (r->error < 0)
                return;
        r->error = client_may_call(r->client);
        if (r->error < 0) {
                r->client = NULL;
                return;
        }
        r->error = client_check_lost(r->client, r->manager, true);
        if (r->error == 0)
                r->error = client_connect(r->client, r->manager);
        if (r->error == 0)
                r->error = handles_give_back(r->client);
        r->is_first = r->proxy && handle_is_new(r->client, r->proxy);
        if (r->error == 0 && r->proxy)
                r->error = handle_join(r->client, r->proxy);
        r->id = ++r->client->last_id;
        r->start = buffer_size(&r->client->link.out);
}

void request_begin_for(Request *r, shmgr_manager *manager, const Proxy *proxy, const char *method) {
        *r = (Request){.manager = manager, .proxy = proxy};
        request_start(r);
        if (r->error == 0)
                r->error = write_head(&r->client->link.out, method);
        if (r->error == 0)
                r->error = buffer_append_string(&r->client->link.out, ",\"params\":[");
}

void request_begin(Request *r, shmgr_manager *manager, const char *method) {
        request_begin_for(r, manager, NULL, method);
}

void request_begin_raw(Request *r, shmgr_manager *manager, const char *method,
                       struct json_object *params) {
        *r = (Request){.manager = manager, .is_whole = true};
        request_start(r);
        if (r->error < 0)
                return;
        r->error = request_write(&r->client->link.out, r->id, method, params);
        if (r->error == 0)
                r->error = holding_change_of(method, params, &r->change);
        if (r->error == -EINVAL)
                client_fail(r->client, -EINVAL,
                            are_params(params) ? "the parameters cannot be written as JSON"
                                               : "params are an array or an object");
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

void request_place(Request *r, int64_t index) {
        if (index == SHMGR_NONE)
                request_null(r);
        else
                request_int(r, index);
}

void request_slice(Request *r, int64_t start, int64_t stop, int64_t step) {
        request_place(r, start);
        request_place(r, stop);
        request_place(r, step);
}

void request_holds(Request *r, const char *name, int64_t delta) {
        if (r->error == 0)
                r->error = holding_change_init(&r->change, name, delta);
}

void request_holds_many(Request *r, struct json_object *objects) {
        if (r->error == 0)
                r->error = holding_change_init_many(&r->change, objects);
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
        buffer_truncate(&r->client->link.out, r->start);
        if (r->error == -ENOMEM)
                client_fail(r->client, -ENOMEM, "memory ran out");
        return r->error;
}

int request_keep(Request *r) {
        const Buffer *out = &r->client->link.out;

        if (!r->proxy || buffer_size(&r->proxy->again) == 0 || buffer_size(&r->again) > 0 ||
            !r->is_first)
                return 0;
        return buffer_append(&r->again, buffer_bytes(out) + r->start, buffer_size(out) - r->start);
}

/* The object is not there, and this session has not seen it: makes it, and calls again. Nothing has happened before. */
static int run_again(Request *r, Response *response) {
        Buffer *out = &r->client->link.out;
        const Buffer *open = &r->proxy->again;

        response_deinit(response);
        int error = client_connect(r->client, r->manager);
        if (error < 0)
                return error;
        error = buffer_append(out, buffer_bytes(open), buffer_size(open));
        r->start = buffer_size(out);
        if (error == 0)
                error = buffer_append(out, buffer_bytes(&r->again), buffer_size(&r->again));
        if (error == 0)
                error = handle_note(r->client, r->proxy);
        if (error < 0) {
                client_disconnect(r->client);
                return client_fail(r->client, error, "memory ran out");
        }
        r->is_sent = false;
        return exchange_run(r, response);
}

static int run(Request *r, Response *response) {
        int error = exchange_run(r, response);

        if (error == 0 && response->error == -ENOENT && buffer_size(&r->again) > 0)
                return run_again(r, response);
        /* Where there is no memory to know it, the next call is like a first one. */
        if (error == 0 && buffer_size(&r->again) > 0)
                (void)handle_know(r->client, r->proxy);
        return error;
}

static void end_request(Request **r) {
        buffer_deinit(&(*r)->again);
        holding_change_deinit(&(*r)->change);
        if ((*r)->client && (*r)->client->is_manager_over)
                manager_free((*r)->manager);
}

/* Where the session ended with what it held, that is the error, or else the next call's. */
static int fail(Request *r, int error) {
        int lost = client_check_lost(r->client, r->manager, error == -ECONNRESET);

        return lost < 0 ? lost : error;
}

int request_run(Request *r, struct json_object **ret) {
        CLEANUP(end_request) Request *running = r;
        Response response;

        if (r->error == 0 && !r->is_whole)
                r->error = finish(r);
        if (r->error == 0)
                r->error = request_keep(r);
        if (r->error == 0)
                r->error = holdings_prepare(&r->client->holdings, &r->change);
        if (r->error < 0)
                return give_up(r);
        int error = run(r, &response);
        holdings_apply(&r->client->holdings, &r->change, error == 0 && !response.error,
                       error == 0 ? response.result : NULL);
        if (error < 0)
                return fail(r, error);
        if (response.error) {
                error = response.error;
                client_set_error(r->client, response.text ? response.text : "", response.n_text,
                                 json_object_get(response.data));
        } else if (ret)
                *ret = json_object_get(response.result);
        response_deinit(&response);
        return error;
}

int request_run_fd(Request *r, struct json_object **ret, int *ret_fd) {
        if (!r->client)
                return r->error;
        Link *link = &r->client->link;
        link->takes_fd = true;
        int error = request_run(r, ret);
        link->takes_fd = false;
        int fd = link_take_fd(link);
        if (error == 0 && fd >= 0)
                *ret_fd = fd;
        else if (fd >= 0)
                system_close(fd);
        return error < 0 ? error : fd < 0 ? fd : 0;
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
        json_object_put(TAKE_PTR(*ret));
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

/* A C string cannot hold U+0000; such a value is for those who take it as JSON. */
int request_run_string(Request *r, char **ret) {
        CLEANUP(json_putp) struct json_object *value = NULL;
        int error = run_typed(r, json_type_string, "a string", &value);

        if (error < 0)
                return error;
        size_t n = (size_t)json_object_get_string_len(value);
        if (memchr(json_object_get_string(value), 0, n))
                return client_fail(r->client, -EINVAL, "the string holds a U+0000");
        char *copy = strdup(json_object_get_string(value));
        if (!copy)
                return client_fail(r->client, -ENOMEM, "memory ran out");
        *ret = copy;
        return 0;
}

int request_run_flag(Request *r) {
        int flag, error = request_run_bool(r, &flag);

        return error < 0 ? error : flag;
}
