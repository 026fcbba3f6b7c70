/* A client: the session that one thread has with the daemon of one manager. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "handle.h"
#include "head.h"
#include "holding.h"
#include "link.h"
#include "manager.h"

enum { ERROR_TEXT_MAX = 640 };

typedef struct Client {
        uint64_t manager_id;
        Link link;
        uint64_t last_id;    /* of a request */
        unsigned generation; /* of links_generation() */
        Holdings holdings;
        bool has_told_loss; /* the program's function was called; the next call must still fail */
        Handles handles;
        Heads heads;
        bool is_asking;       /* the manager's function is running: see interrupt.h */
        bool is_manager_over; /* the last reference was dropped meanwhile: see shmgr_manager_unref() */
        bool is_over;         /* its manager is gone; under the lock of the links */
        char error[ERROR_TEXT_MAX];
        struct json_object *error_data;
        ListLink in_thread;
} Client;

/* Makes a client without a connection. Returns NULL if memory ran out. */
Client *client_new(uint64_t manager_id);
void client_free(Client *client);
/* In a forked child, forgets the parent's session, whose descriptor the fork has closed. Call this before the client is
 * used. */
void client_check_generation(Client *client);

/* Connects, unless the client is connected. Returns 0, or negative errno with the client's error set. */
int client_connect(Client *client, const shmgr_manager *manager);
/* Returns 0, or -EBUSY with the client's error set while the manager's function runs within a call of this session. */
int client_may_call(Client *client);
/* Returns 0 if the last session lost nothing that it held. Otherwise calls the function of shmgr_manager_on_lost(), once, and
 * returns -ECONNRESET with the client's error set; with is_told false the next call still has to fail for it. */
int client_check_lost(Client *client, const shmgr_manager *manager, bool is_told);
/* Sends unsent output without blocking; it expects no reply. The rest is sent before the next call. A failure ends the
 * session. */
void client_flush(Client *client);
/* Ends the session. The next call begins another one. */
void client_disconnect(Client *client);

/* Each sets the text that shmgr_manager_error() returns. client_fail() returns r. */
int client_fail(Client *client, int r, const char *format, ...) PRINTF_LIKE(3, 4);
void client_set_error(Client *client, const char *text, size_t n, struct json_object *data);
