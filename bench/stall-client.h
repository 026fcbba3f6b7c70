/* A client of bench/stalls: calls are gathered as text, and sent at once, while what comes back is read and thrown
 * away. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"

typedef struct Client {
        int fd;           /* -1: it is broken */
        Buffer text;      /* to be sent */
        bool was_closed;  /* before the act that broke it was given up */
        size_t n_awaited; /* lines that will come back */
        bool in_batch, is_first;
        char error[24];      /* the first errno that came back, or empty */
        char error_text[96]; /* the beginning of the line that it stood in */
        char *last;          /* the last line, where it is kept: wants_last */
        size_t n_last;
        bool wants_last;
} Client;

void client_open(Client *c, uid_t uid);
void client_close(Client *c);

/* Appends a call. Params are made as with printf(3), and ' in them stands for ". */
void client_add(Client *c, const char *method, const char *params, ...)
        __attribute__((format(printf, 3, 4)));
/* The same for params that are long: text that is appended as it is. */
void client_add_text(Client *c, const char *method, const char *params, size_t n);
/* The calls that are added between these two are one batch. */
void client_begin_batch(Client *c);
void client_end_batch(Client *c);

/* Sends all that was added to these clients, and reads until everything is answered. False when that did not happen
 * in time, or a connection ended; all of them are broken then. */
bool clients_run(Client *const *clients, size_t n, int64_t timeout_ms);
bool client_run(Client *c);
/* The same for one call that sets something up: an error that comes back is printed. */
bool client_call(Client *c, const char *method, const char *params, ...)
        __attribute__((format(printf, 3, 4)));
