/* A client: the session that one thread has with the daemon of one manager. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/table.h"
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
        bool has_told_loss;       /* to the program's function; the next call is still to fail */
        Table handles;            /* of proxies, by their ids: see handle.h */
        atomic_bool has_released; /* one of the handles is to be given back */
        bool is_asking;           /* the manager's function is running: see interrupt.c */
        bool is_manager_over;     /* the last reference went meanwhile: see shmgr_manager_unref() */
        bool is_over;             /* its manager is gone; under the lock of the links */
        char error[ERROR_TEXT_MAX];
        struct json_object *error_data;
        List in_thread;
} Client;

/* The client of this thread for a manager, made on first use; it may have no connection. 0 or -ENOMEM. */
int client_get(shmgr_manager *manager, Client **ret);
/* The same if there is one already, or NULL. */
Client *client_find(const shmgr_manager *manager);
/* Visits the clients that the threads of this process have for a manager, with the lock of the links. */
void clients_visit(uint64_t manager_id, void (*visit)(Client *client, void *userdata),
                   void *userdata);
/* Ends the sessions that they have. This thread's client may be used until the thread makes another. */
void clients_close(uint64_t manager_id);
/* Frees what this thread has for managers that are gone. */
void clients_reap(void);

/* Makes sure that there is a connection: 0, or negative errno with the client's error set. */
int client_connect(Client *client, const shmgr_manager *manager);
/* 0; -EBUSY, with the client's error set, while a call of this session asks the manager's function. */
int client_may_call(Client *client);
/* What the last session held may be lost: 0 when nothing is. Else tells the function of shmgr_manager_on_lost(), once,
 * and answers -ECONNRESET with the client's error set; with is_told false the next call still has to fail for it. */
int client_check_lost(Client *client, const shmgr_manager *manager, bool is_told);
/* Sends what there is to send, without an answer and without waiting: the rest goes in front of the next call. Where
 * that fails, the session is over. */
void client_flush(Client *client);
/* The session is over; the next call makes another. */
void client_disconnect(Client *client);

/* Each sets what shmgr_manager_error() says. client_fail() answers r. */
int client_fail(Client *client, int r, const char *format, ...) PRINTF_LIKE(3, 4);
void client_set_error(Client *client, const char *text, size_t n, struct json_object *data);
/* The same for a failure before there is a client. */
int manager_fail(shmgr_manager *manager, int r, const char *text);
