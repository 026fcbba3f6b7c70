/* The clients of all threads of the process: one for each thread and manager. */
#pragma once

#include "client.h"

/* Gets the client of this thread for a manager, and makes it on first use. It may have no connection. Returns 0 or -ENOMEM. */
int client_get(shmgr_manager *manager, Client **ret);
/* Returns the client if this thread has one already, or NULL. */
Client *client_find(const shmgr_manager *manager);
/* Visits the clients that the threads of this process have for a manager, with the lock of the links. */
void clients_visit(uint64_t manager_id, void (*visit)(Client *client, void *userdata),
                   void *userdata);
/* The last reference to a manager is gone: ends the sessions that threads have with it, and frees it. This thread's
 * client may be used until the thread makes another. */
void clients_end_manager(shmgr_manager *manager);

/* Fails like client_fail(), for a function that has no client yet. */
int manager_fail(shmgr_manager *manager, int r, const char *text);
