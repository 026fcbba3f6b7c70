/* Builds requests. */
#include <errno.h>
#include <string.h>

#include "clients.h"
#include "json/json-text.h"
#include "message.h"
#include "request.h"

int request_join(Request *r) {
        return r->target ? handles_join(&r->client->handles, &r->client->link.out, r->target) : 0;
}

/* Finds the session, and writes the requests that a new session begins with before this one. */
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
                r->error = handles_give_back(&r->client->handles, &r->client->link.out);
        r->is_first = r->target && !handles_have(&r->client->handles, r->target);
        if (r->error == 0)
                r->error = request_join(r);
        r->id = ++r->client->last_id;
        r->start = buffer_size(&r->client->link.out);
}

/* Notes the result of writing a parameter. */
static void note_written(Request *r, int error, const char *fault) {
        r->error = error == -EINVAL ? client_fail(r->client, error, "%s", fault) : error;
}

void request_begin_for(Request *r, shmgr_manager *manager, const Target *target,
                       const char *method) {
        *r = (Request){.manager = manager, .target = target, .n_params = 1};
        request_start(r);
        if (r->error == 0)
                note_written(r,
                             heads_begin_request(&r->client->heads, &r->client->link.out, target,
                                                 method),
                             "a string is not valid UTF-8");
}

void request_begin(Request *r, shmgr_manager *manager, const char *method) {
        *r = (Request){.manager = manager};
        request_start(r);
        if (r->error == 0)
                r->error = message_begin_request(&r->client->link.out, method);
}

void request_begin_raw(Request *r, shmgr_manager *manager, const char *method,
                       struct json_object *params) {
        *r = (Request){.manager = manager, .is_whole = true};
        request_start(r);
        if (r->error < 0)
                return;
        r->error = message_write_request(&r->client->link.out, r->id, method, params);
        if (r->error == 0)
                r->error = holding_change_of(method, params, &r->change);
        if (r->error == -EINVAL)
                client_fail(r->client, -EINVAL,
                            message_takes_params(params)
                                    ? "the parameters cannot be written as JSON"
                                    : "params must be an array or an object");
}

/* Writes the comma before a parameter. Returns false after a failure: then the parameter is not written. */
static bool next_param(Request *r) {
        if (r->error == 0 && r->n_params++ > 0)
                r->error = buffer_append_byte(&r->client->link.out, ',');
        return r->error == 0;
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
                                       "a timeout is negative, but not SHMGR_FOREVER");
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

int request_keep(Request *r) {
        const Buffer *out = &r->client->link.out;

        if (!r->target || buffer_size(&r->target->again) == 0 || buffer_size(&r->again) > 0 ||
            !r->is_first)
                return 0;
        return buffer_append(&r->again, buffer_bytes(out) + r->start, buffer_size(out) - r->start);
}

int request_finish(Request *r) {
        if (r->error == 0 && !r->is_whole)
                r->error = message_end_request(&r->client->link.out, r->id);
        if (r->error == 0)
                r->error = request_keep(r);
        if (r->error == 0)
                r->error = holdings_prepare(&r->client->holdings, &r->change);
        return r->error;
}
