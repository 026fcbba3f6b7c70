/* A parsed reply of the daemon. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/* The results of most calls, which are returned without a tree. */
typedef enum ResponsePlain {
        PLAIN_NOT,
        PLAIN_NULL,
        PLAIN_BOOL,
        PLAIN_INT,
        PLAIN_TOKEN, /* {"token":N} */
} ResponsePlain;

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
        struct json_object *result; /* unless it is plain */
        ResponsePlain plain;
        int64_t integer; /* of a plain result: the integer, 0 or 1, or the token */
} Response;

/* Parses one reply. Returns 0, -EBADMSG if it is not a reply, or -ENOMEM. */
int response_read(Response *ret, const char *text, size_t n);
/* Reads a reply that is, byte for byte, {"jsonrpc":"2.0","result":RESULT,"id":N} with a result that is plain or a string without
 * escapes in ASCII. Returns false for any other, which the caller passes to response_read(). */
bool response_read_plain(Response *ret, const char *text, size_t n);
void response_deinit(Response *response);
/* Gets a new reference to the result. Returns 0 or -ENOMEM. */
int response_get_result(const Response *response, struct json_object **ret);
