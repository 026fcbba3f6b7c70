/* A client that uses the library, or the raw wire. */
#pragma once

#include <stdbool.h>

#include "operation.h"

typedef struct Client Client;

typedef struct ClientCall {
        const char *name; /* of the operation that sends these bytes on the raw wire */
        int (*run)(const Client *client);
} ClientCall;

struct Client {
        struct shmgr_manager *manager;
        struct shmgr_dict *dict;
        struct shmgr_counter *counter;
        struct shmgr_lock *lock;
        struct shmgr_queue *queue;
        int raw; /* a connection of its own */
};

extern const ClientCall client_calls[];
extern const unsigned n_client_calls;

/* Connects; ends the program if that fails. */
Client client_new(const char *address);
void client_deinit(Client *client);
/* Calls the operation n times. */
void client_run(const Client *client, const ClientCall *call, bool is_raw, unsigned n);
