/* A request under construction, and its way to the daemon and back. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "client.h"
#include "handle.h"

/* Written straight into the client's output. The first failure is kept, so that only the end needs looking at. */
typedef struct Request {
        shmgr_manager *manager;
        Client *client;
        const Proxy *proxy; /* that it is made with, or NULL */
        int error;
        uint64_t id;
        size_t start; /* where it begins in the output */
        unsigned n_params;
        bool is_whole; /* made by request_begin_raw() */
        bool is_first; /* of its proxy on this session */
        bool is_sent;
        Buffer again;         /* itself, where it may be sent again: see request_keep() */
        HoldingChange change; /* of what the session holds, when it succeeds */
} Request;

/* A request of a method, with positional parameters to follow. */
void request_begin(Request *r, shmgr_manager *manager, const char *method);
/* The same for the object of a proxy, whose name is not written yet. */
void request_begin_for(Request *r, shmgr_manager *manager, const Proxy *proxy, const char *method);
/* A request with all its params. */
void request_begin_raw(Request *r, shmgr_manager *manager, const char *method,
                       struct json_object *params);
void request_string(Request *r, const char *value);
void request_int(Request *r, int64_t value);
void request_double(Request *r, double value);
void request_bool(Request *r, bool value);
void request_null(Request *r);
void request_json(Request *r, struct json_object *value);
/* The call takes something, or gives it back: delta is 1 or -1, or a number of permits. */
void request_holds(Request *r, const char *name, int64_t delta);
/* The same for the objects of lock.acquire_many. */
void request_holds_many(Request *r, struct json_object *objects);
/* A timeout; SHMGR_FOREVER is null. */
void request_timeout(Request *r, int64_t timeout_ms);
/* A place in a list; SHMGR_NONE is null. */
void request_place(Request *r, int64_t index);
/* The three parameters of a slice. */
void request_slice(Request *r, int64_t start, int64_t stop, int64_t step);

/* The first call of a proxy on this session may find no object, where the daemon was restarted: keeps its text, to be
 * sent again when the object was made. 0 or -ENOMEM. */
int request_keep(Request *r);
/* Sends it and waits for its reply: 0 and the result in *ret (may be NULL), or negative errno. */
int request_run(Request *r, struct json_object **ret);
/* The same, and the descriptor that came with the result: -EMFILE when there was no room for it, -ENODATA when there
 * was none, with the result in *ret all the same. */
int request_run_fd(Request *r, struct json_object **ret, int *ret_fd);
/* The same for results of one kind. ret may be NULL but for strings. */
int request_run_int(Request *r, int64_t *ret);
int request_run_double(Request *r, double *ret);
int request_run_bool(Request *r, int *ret);
int request_run_string(Request *r, char **ret);
/* For cas: 1 or 0. */
int request_run_flag(Request *r);

/* A whole request with params as they are, appended to a buffer with a newline: 0, -ENOMEM, -EINVAL. */
int request_write(Buffer *out, uint64_t id, const char *method, struct json_object *params);
/* The same without an id, and without an answer. */
int request_write_notification(Buffer *out, const char *method, const char *name);
/* The cancellation of a request of the same session. */
int request_write_cancel(Buffer *out, uint64_t id);
