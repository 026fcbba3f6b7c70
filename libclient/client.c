/* The sessions of threads. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "client.h"

/* What one thread has. Other threads look at it only to close sessions whose manager is gone, with the lock
 * of the links held. */
typedef struct Thread {
        List clients; /* Client.in_thread */
        List in_all;
        Client *last; /* used: most programs have one */
} Thread;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int key_error;
static List threads = {&threads, &threads};
static atomic_uint_fast64_t last_serial;

static void client_free(Client *client) {
        link_deinit(&client->link);
        table_deinit(&client->opened);
        json_object_put(client->error_data);
        free(client);
}

/* The end of a thread: its sessions end, and what it held is released. */
static void on_thread_end(void *value) {
        Thread *thread = value;

        links_lock();
        list_unlink(&thread->in_all);
        links_unlock();
        for (List *node; (node = list_first(&thread->clients));) {
                list_unlink(node);
                client_free(LIST_ENTRY(node, Client, in_thread));
        }
        free(thread);
}

static void make_key(void) {
        key_error = -pthread_key_create(&key, on_thread_end);
}

static int thread_get(Thread **ret) {
        pthread_once(&once, make_key);
        if (key_error < 0)
                return key_error;
        *ret = pthread_getspecific(key);
        if (*ret)
                return 0;
        Thread *thread = calloc(1, sizeof(*thread));
        if (!thread)
                return -ENOMEM;
        list_init(&thread->clients);
        if (pthread_setspecific(key, thread) != 0) {
                free(thread);
                return -ENOMEM;
        }
        links_lock();
        list_append(&threads, &thread->in_all);
        links_unlock();
        *ret = thread;
        return 0;
}

static Client *thread_find(const Thread *thread, uint64_t manager_id) {
        LIST_FOREACH (node, &thread->clients) {
                Client *client = LIST_ENTRY(node, Client, in_thread);
                if (client->manager_id == manager_id)
                        return client;
        }
        return NULL;
}

static Client *client_new(Thread *thread, uint64_t manager_id) {
        Client *client = calloc(1, sizeof(*client));

        if (!client)
                return NULL;
        client->manager_id = manager_id;
        client->generation = links_generation();
        link_init(&client->link);
        links_lock();
        list_append(&thread->clients, &client->in_thread);
        links_unlock();
        return client;
}

int client_get(shmgr_manager *manager, Client **ret) {
        Thread *thread = NULL;

        links_prepare();
        int r = thread_get(&thread);
        if (r < 0)
                return r;
        Client *client = thread->last;
        if (!client || client->manager_id != manager->id)
                client = thread_find(thread, manager->id);
        if (!client)
                client = client_new(thread, manager->id);
        if (!client)
                return -ENOMEM;
        /* In a child, the connection was closed by the fork. */
        if (client->generation != links_generation()) {
                client->generation = links_generation();
                client_disconnect(client);
        }
        *ret = thread->last = client;
        return 0;
}

void clients_close(uint64_t manager_id) {
        List gone;

        list_init(&gone);
        links_lock();
        LIST_FOREACH (at, &threads) {
                Thread *thread = LIST_ENTRY(at, Thread, in_all);
                Client *client = thread_find(thread, manager_id);
                if (!client)
                        continue;
                if (thread->last == client)
                        thread->last = NULL;
                list_unlink(&client->in_thread);
                list_append(&gone, &client->in_thread);
        }
        links_unlock();
        for (List *node; (node = list_first(&gone));) {
                list_unlink(node);
                client_free(LIST_ENTRY(node, Client, in_thread));
        }
}

static int complain_of_connect(Client *client, const char *path, int r) {
        switch (r) {
        case -ENOENT:
                return client_fail(
                        client, r,
                        "no daemon: there is no socket %s (start one: shmgrd --socket=%s)", path,
                        path);
        case -ECONNREFUSED:
                return client_fail(client, r, "no daemon: nobody listens on %s any more", path);
        case -EACCES:
                return client_fail(client, r, "you may not connect to %s", path);
        default:
                return client_fail(client, r, "cannot connect to %s: %s", path, strerror(-r));
        }
}

int client_connect(Client *client, const shmgr_manager *manager) {
        if (client->link.fd >= 0)
                return 0;
        int r = address_find(manager->socket, client->link.path);
        if (r < 0)
                return client_fail(client, r, "the path of the socket is too long");
        r = link_connect(&client->link);
        if (r < 0)
                return complain_of_connect(client, client->link.path, r);
        client->serial = atomic_fetch_add(&last_serial, 1) + 1;
        return 0;
}

void client_disconnect(Client *client) {
        link_disconnect(&client->link);
        link_clear(&client->link);
        table_deinit(&client->opened);
        client->serial = 0;
}

int client_reconnect(Client *client, const shmgr_manager *manager) {
        link_disconnect(&client->link);
        table_deinit(&client->opened);
        return client_connect(client, manager);
}

int client_fail(Client *client, int r, const char *format, ...) {
        va_list args;

        va_start(args, format);
        vsnprintf(client->error, sizeof(client->error), format, args);
        va_end(args);
        json_object_put(client->error_data);
        client->error_data = NULL;
        return r;
}

void client_set_error(Client *client, const char *text, size_t n, struct json_object *data) {
        snprintf(client->error, sizeof(client->error), "%.*s", (int)n, text);
        json_object_put(client->error_data);
        client->error_data = data;
}
