/* Messages to the daemon, written as lines into a buffer. Each function returns 0, -ENOMEM, or -EINVAL for a text that
 * is not valid UTF-8 or a value that JSON does not have; a failure leaves the buffer as it was. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buffer.h"

/* Appends a request with all its params: an array, an object, or NULL for none. Returns -EINVAL also for params of
 * another kind. */
int message_write_request(Buffer *out, uint64_t id, const char *method, struct json_object *params);
/* Appends a notification with one parameter, a name; the daemon does not reply to it. */
int message_write_notification(Buffer *out, const char *method, const char *name);
/* Appends the cancellation of a request of this session. */
int message_write_cancel(Buffer *out, uint64_t id);

enum { MESSAGE_METHOD_AT = 27 }; /* the offset of the method's name in a request */

/* Append a request in pieces: the beginning, parameters separated by commas, the end. */
int message_begin_request(Buffer *out, const char *method);
int message_end_request(Buffer *out, uint64_t id);

/* Returns whether a request can have these params. */
bool message_takes_params(struct json_object *params);
