/* Running requests, and reading the results.
 *
 * A request whose object is missing is sent a second time only if all of this holds: its proxy was opened with SHMGR_CREATE
 * and a name, it is the first of the proxy in this session, and the daemon answered ENOENT, so that nothing was changed.
 * Then the object is opened again in front of it (run_again()). Otherwise a call is never repeated: after a lost connection
 * only its caller can know whether it may be. */
#include <errno.h>
#include <string.h>

#include "base/macros.h"
#include "clients.h"
#include "connection/system.h"
#include "exchange.h"
#include "json/json-util.h"
#include "request-run.h"

/* Removes an unfinished request from the output. */
static int take_back(Request *r) {
        if (!r->client)
                return r->error;
        buffer_truncate(&r->client->link.out, r->start);
        if (r->error == -ENOMEM)
                client_fail(r->client, -ENOMEM, "memory ran out");
        return r->error;
}

/* The object is missing, and this session has never seen it: makes it, and calls again. The first call changed nothing. */
static int run_again(Request *r, Response *response) {
        Buffer *out = &r->client->link.out;
        const Buffer *open = &r->target->again;

        response_deinit(response);
        int error = client_connect(r->client, r->manager);
        if (error < 0)
                return error;
        error = buffer_append(out, buffer_bytes(open), buffer_size(open));
        r->start = buffer_size(out);
        if (error == 0)
                error = buffer_append(out, buffer_bytes(&r->again), buffer_size(&r->again));
        if (error == 0)
                error = handles_note(&r->client->handles, r->target);
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
        /* If memory runs out here, the next call is treated like a first one. */
        if (error == 0 && buffer_size(&r->again) > 0)
                (void)handles_know(&r->client->handles, r->target);
        return error;
}

static void end_request(Request **r) {
        buffer_deinit(&(*r)->again);
        holding_change_deinit(&(*r)->change);
        if ((*r)->client && (*r)->client->is_manager_over)
                clients_end_manager((*r)->manager);
}

/* If the session ended with its holds, this call returns that as its error, otherwise the next one does. */
static int fail(Request *r, int error) {
        int lost = client_check_lost(r->client, r->manager, error == -ECONNRESET);

        return lost < 0 ? lost : error;
}

/* Runs the request. Returns 0 with the response of a call that succeeded, or negative errno. */
static int run_response(Request *r, Response *response) {
        CLEANUP(end_request) Request *running = r;

        if (request_finish(r) < 0)
                return take_back(r);
        int error = run(r, response);
        holdings_apply(&r->client->holdings, &r->change, error == 0 && !response->error,
                       error == 0 ? response->result : NULL);
        if (error < 0)
                return fail(r, error);
        if (!response->error)
                return 0;
        error = response->error;
        client_set_error(r->client, response->text ? response->text : "", response->n_text,
                         json_object_get(response->data));
        response_deinit(response);
        return error;
}

int request_run(Request *r, struct json_object **ret) {
        Response response;
        int error = run_response(r, &response);

        if (error < 0)
                return error;
        if (ret && response_get_result(&response, ret) < 0)
                error = client_fail(r->client, -ENOMEM, "memory ran out");
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

/* Returns 0 if the value is of the type; otherwise frees it, sets the error text and returns -EINVAL. */
static int check_type(Request *r, enum json_type type, const char *name,
                      struct json_object **value) {
        enum json_type is = json_object_get_type(*value);

        if (is == type || (type == json_type_double && is == json_type_int))
                return 0;
        int error = client_fail(r->client, -EINVAL, "the value is %s, not %s",
                                json_kind_name(*value), name);
        json_object_put(TAKE_PTR(*value));
        return error;
}

/* Runs the request, and returns its result if that is of the type. */
static int run_typed(Request *r, enum json_type type, const char *name, struct json_object **ret) {
        int error = request_run(r, ret);

        return error < 0 ? error : check_type(r, type, name, ret);
}

/* Runs the request like run_typed(), for a plain value, of which no tree is made. For any other, ret_value receives the
 * tree, or NULL. */
static int run_plain(Request *r, ResponsePlain plain, enum json_type type, const char *name,
                     int64_t *ret, struct json_object **ret_value) {
        CLEANUP(response_deinit) Response response = {0};
        int error = run_response(r, &response);

        if (error < 0)
                return error;
        *ret = response.integer;
        if (response.plain == plain)
                return 0;
        error = response_get_result(&response, ret_value);
        return error < 0 ? client_fail(r->client, error, "memory ran out")
                         : check_type(r, type, name, ret_value);
}

int request_run_int(Request *r, int64_t *ret) {
        CLEANUP(json_putp) struct json_object *value = NULL;
        int64_t integer;
        int error = run_plain(r, PLAIN_INT, json_type_int, "an integer", &integer, &value);

        if (error < 0)
                return error;
        if (ret)
                *ret = value ? json_object_get_int64(value) : integer;
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
        CLEANUP(json_putp) struct json_object *value = NULL;
        int64_t is_true;
        int error = run_plain(r, PLAIN_BOOL, json_type_boolean, "a boolean", &is_true, &value);

        if (error < 0)
                return error;
        if (ret)
                *ret = value ? json_object_get_boolean(value) : (int)is_true;
        return 0;
}

/* A C string cannot hold U+0000; a caller reads such a value as JSON. */
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
