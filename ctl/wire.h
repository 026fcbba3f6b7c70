/* A connection to the daemon that this process shares with another: lines in, lines out.
 *
 * The library's sessions belong to the process that uses them. Here the process that connects, and which the session
 * belongs to, is not the one that talks (holder.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "base/buffer.h"

enum { WIRE_TEXT_MAX = 512 };

typedef struct Wire {
        int fd; /* -1 when there is no connection */
        Buffer in;
        size_t n_searched; /* of in: known to hold no newline */
        int last_id;
} Wire;

/* A reply, or a message without a call. */
typedef struct WireMessage {
        int id;             /* of the call; 0 for a notification, or an error that no call caused */
        const char *method; /* of a notification, which lives as long as the whole; or NULL */
        struct json_object *result; /* of a call; params of a notification */
        int error;                  /* 0, or a negative errno */
        char text[WIRE_TEXT_MAX];   /* of the error */
        struct json_object *data;   /* of the error, or NULL; lives as long as the whole */
        struct json_object *whole;
} WireMessage;

void wire_init(Wire *wire);
void wire_deinit(Wire *wire);
void wire_message_deinit(WireMessage *message);

/* Takes a socket that another process may connect: 0 or negative errno. */
int wire_open(Wire *wire);
/* Connects it, as this process: 0 or negative errno. */
int wire_connect(int fd, const char *path);

/* Sends a call; params are borrowed. Its id, or -ENOMEM; -ECONNRESET when the daemon is gone. */
int wire_send(Wire *wire, const char *method, struct json_object *params);
/* The next message that has come, without waiting: 1, and what *ret had is freed; 0 when none is complete; -ECONNRESET at
 * the end; -ENOMEM. */
int wire_receive(Wire *wire, WireMessage *ret);
