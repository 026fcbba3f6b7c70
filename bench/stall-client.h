/* A client of bench/stalls: it collects calls as text, sends them at once, and reads and drops the replies meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"

typedef struct Client {
        int fd;          /* -1 if the client is broken */
        Buffer text;     /* to be sent */
        bool was_closed; /* the daemon closed the connection before the timeout of the act expired */
        size_t n_awaited; /* lines of replies that have not arrived */
        bool in_batch, is_first;
        char error[24];      /* the first errno in a reply, or empty */
        char error_text[96]; /* the beginning of the line with that errno */
        char *last;          /* the last line, with wants_last */
        size_t n_last;
        bool wants_last;
} Client;

void client_open(Client *c, uid_t uid);
void client_close(Client *c);

/* Appends a call. Params are formatted as by printf(3), and ' in them stands for ". */
void client_add(Client *c, const char *method, const char *params, ...)
        __attribute__((format(printf, 3, 4)));
/* Appends a call with params of any length, unchanged. */
void client_add_text(Client *c, const char *method, const char *params, size_t n);
/* The calls that are added between these two are one batch. */
void client_begin_batch(Client *c);
void client_end_batch(Client *c);

/* Sends all calls that were added to these clients, and reads until every reply has arrived. Returns false if the timeout expired, or
 * a connection ended: all clients are broken then. */
bool clients_run(Client *const *clients, size_t n, int64_t timeout_ms);
bool client_run(Client *c);
/* Makes one call that prepares an act, and prints the error if it fails. */
bool client_call(Client *c, const char *method, const char *params, ...)
        __attribute__((format(printf, 3, 4)));
