/* Runs a request: sends it, waits for its reply, and reads the result. */
#pragma once

#include "request.h"

/* Sends a request and waits for its reply. Returns 0 with the result in *ret (may be NULL), or negative errno. */
int request_run(Request *r, struct json_object **ret);
/* Runs like request_run(), and stores the descriptor that came with the result. Returns -EMFILE if the process had no room
 * for it, and -ENODATA if none came; *ret has the result even then. */
int request_run_fd(Request *r, struct json_object **ret, int *ret_fd);
/* Run like request_run(), for results of one kind. ret may be NULL, except for strings. */
int request_run_int(Request *r, int64_t *ret);
int request_run_double(Request *r, double *ret);
int request_run_bool(Request *r, int *ret);
int request_run_string(Request *r, char **ret);
/* Runs a cas; returns 1 or 0. */
int request_run_flag(Request *r);
