/* An answer of the daemon, parsed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/* One reply, or one notification. Strings and values are owned. */
typedef struct Response {
        bool has_id;
        char *method; /* of a notification, and its params; else NULL */
        struct json_object *params;
        uint64_t id;
        int error; /* 0 or a negative errno */
        char *text;
        size_t n_text;
        struct json_object *data;
        struct json_object *result;
} Response;

/* Parses one reply: 0; -EBADMSG if it is not a reply; -ENOMEM. */
int response_read(Response *ret, const char *text, size_t n);
void response_deinit(Response *response);
