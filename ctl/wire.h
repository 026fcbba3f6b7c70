/* A connection to the daemon that this process shares with another one.
 *
 * A session of the library belongs to the process that uses it. Here the process that connects, to
 * which the session belongs, is not the one that talks (holder.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "base/buffer.h"

enum { WIRE_TEXT_MAX = 512 };

typedef struct Wire {
        int fd; /* -1: not connected */
        Buffer in;
        size_t n_searched; /* the first bytes of in that contain no newline */
        int last_id;
} Wire;

/* A reply or a notification. */
typedef struct WireMessage {
        int id;             /* of the call; 0 for a notification, or an error without a call */
        const char *method; /* of a notification, or NULL; lives as long as whole */
        struct json_object *result; /* of a reply; the params of a notification */
        int error;                  /* 0, or a negative errno */
        char text[WIRE_TEXT_MAX];   /* of the error */
        struct json_object *data;   /* of the error, or NULL; lives as long as whole */
        struct json_object *whole;
} WireMessage;

void wire_init(Wire *wire);
void wire_deinit(Wire *wire);
void wire_message_deinit(WireMessage *message);

/* Makes a socket that another process may connect. Returns 0 or a negative errno. */
int wire_open(Wire *wire);
/* Connects the socket. The session then belongs to the calling process. Returns 0 or a negative
 * errno. */
int wire_connect(int fd, const char *path);

/* Sends a call; borrows params. Returns its id, -ENOMEM, or -ECONNRESET if the connection has
 * ended. */
int wire_send(Wire *wire, const char *method, struct json_object *params);
/* Reads the next complete message, without blocking. Frees the previous contents of *ret. Returns
 * 1; 0 if none is complete; -ECONNRESET at end of file; or -ENOMEM. */
int wire_receive(Wire *wire, WireMessage *ret);
