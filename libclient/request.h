/* A request under construction: one call of one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "client.h"
#include "target.h"

/* A request is written directly into the client's output. The first failure is kept, so that only the end needs a check. */
typedef struct Request {
        shmgr_manager *manager;
        Client *client;
        const Target *target; /* the object of a proxy that it is made with, or NULL */
        int error;
        uint64_t id;
        size_t start; /* where it begins in the output */
        unsigned n_params;
        bool is_whole; /* made by request_begin_raw() */
        bool is_first; /* of its proxy on this session */
        bool is_sent;
        bool has_spun;        /* for its reply */
        Buffer again;         /* its text, if it may be sent again: see request_keep() */
        HoldingChange change; /* of what the session holds, when it succeeds */
} Request;

/* Begins a request of a method, with positional parameters to follow. */
void request_begin(Request *r, shmgr_manager *manager, const char *method);
/* Begins a request for the object of a proxy, whose name is the first parameter. */
void request_begin_for(Request *r, shmgr_manager *manager, const Target *target,
                       const char *method);
/* Makes a request with all its params. */
void request_begin_raw(Request *r, shmgr_manager *manager, const char *method,
                       struct json_object *params);
void request_string(Request *r, const char *value);
void request_int(Request *r, int64_t value);
void request_double(Request *r, double value);
void request_bool(Request *r, bool value);
void request_null(Request *r);
void request_json(Request *r, struct json_object *value);
/* Notes that the call acquires or releases the object: delta is 1 or -1, or a number of permits. */
void request_holds(Request *r, const char *name, int64_t delta);
/* The call acquires the objects of lock.acquire_many. */
void request_holds_many(Request *r, struct json_object *objects);
/* Adds a timeout; SHMGR_FOREVER is null. */
void request_timeout(Request *r, int64_t timeout_ms);
/* Adds a place in a list; SHMGR_NONE is null. */
void request_place(Request *r, int64_t index);
/* Adds the three parameters of a slice. */
void request_slice(Request *r, int64_t start, int64_t stop, int64_t step);

/* Keeps the text of the first call of a proxy on this session. If the daemon was restarted, that call may find no object, and
 * is sent again after the object was made. Returns 0 or -ENOMEM. */
int request_keep(Request *r);
/* Writes the open of an ephemeral object before a request on a new session (handles_join()). Returns 0 or -ENOMEM. */
int request_join(Request *r);
/* Completes the request. Returns 0, or the first failure since its beginning. */
int request_finish(Request *r);
