/* A client: the session that one thread has with the daemon of one manager. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "link.h"
#include "list.h"
#include "manager.h"
#include "table.h"

enum { ERROR_TEXT_MAX = 640 };

typedef struct Client {
        uint64_t manager_id;
        Link link;
        uint64_t
                serial; /* of the connection: what the daemon knew before it is gone when it changes */
        uint64_t last_id;    /* of a request */
        unsigned generation; /* of links_generation() */
        Table opened;        /* names that this session has opened */
        char error[ERROR_TEXT_MAX];
        struct json_object *error_data;
        List in_thread;
} Client;

/* The client of this thread for a manager, made on first use; it may have no connection. 0 or -ENOMEM. */
int client_get(shmgr_manager *manager, Client **ret);
/* Closes the sessions that the threads of this process have for a manager. */
void clients_close(uint64_t manager_id);

/* Makes sure that there is a connection: 0, or negative errno with the client's error set. */
int client_connect(Client *client, const shmgr_manager *manager);
/* The session is over; the next call makes another. */
void client_disconnect(Client *client);
/* The connection turned out to be dead before anything was carried out: what is to be sent goes to a new one.
 * As client_connect(). */
int client_reconnect(Client *client, const shmgr_manager *manager);

/* Each sets what shmgr_manager_error() says. client_fail() answers r. */
int client_fail(Client *client, int r, const char *format, ...) PRINTF_LIKE(3, 4);
void client_set_error(Client *client, const char *text, size_t n, struct json_object *data);
