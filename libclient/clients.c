/* The clients of threads, and the end of managers.
 *
 * Each thread has a list of clients, one for each manager that it has called, under a pthread key, whose destructor ends the
 * sessions with the thread. All lists are linked, so that the end of a manager finds the clients of other threads.
 *
 * Only its thread reads and frees a client. The end of a manager, which may run in another thread, marks the client
 * (is_over) and closes its descriptor, under the lock of the links; the thread frees it when it looks next (thread_reap()).
 * The ids of managers are never reused, so a client of an old manager is never taken for that of a new one at the same
 * address.
 *
 * A forked child has only the thread that forked. The clients of the other threads stay in memory, since their state may be
 * inconsistent; their descriptors were closed by the fork handler (link.c). */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "clients.h"

/* The clients of one thread. Only this thread reads them without the lock of the links; every change takes the lock. */
typedef struct Thread {
        List clients; /* Client.in_thread */
        ListLink in_all;
        Client *last; /* the client used last: most programs have one */
} Thread;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int key_error;
static List threads = {&threads, &threads};

static void free_all(List *clients) {
        for (List *node; (node = list_first(clients));) {
                list_unlink(node);
                client_free(LIST_ENTRY(node, Client, in_thread));
        }
}

/* Called at the end of a thread: its sessions end, and their holds are released. */
static void on_thread_end(void *value) {
        Thread *thread = value;

        links_lock();
        list_unlink(&thread->in_all);
        links_unlock();
        free_all(&thread->clients);
        free(thread);
}

static void make_key(void) {
        key_error = -pthread_key_create(&key, on_thread_end);
}

/* Returns NULL if this thread has no clients yet, or if the key could not be made. */
static Thread *thread_find(void) {
        pthread_once(&once, make_key);
        return key_error == 0 ? pthread_getspecific(key) : NULL;
}

static Thread *thread_new(void) {
        Thread *thread = key_error == 0 ? calloc(1, sizeof(*thread)) : NULL;

        if (!thread)
                return NULL;
        list_init(&thread->clients);
        if (pthread_setspecific(key, thread) != 0) {
                free(thread);
                return NULL;
        }
        links_lock();
        list_append(&threads, &thread->in_all);
        links_unlock();
        return thread;
}

static Client *thread_find_client(Thread *thread, uint64_t manager_id) {
        if (thread->last && thread->last->manager_id == manager_id)
                return thread->last;
        LIST_FOREACH (node, &thread->clients) {
                Client *client = LIST_ENTRY(node, Client, in_thread);
                if (client->manager_id == manager_id)
                        return thread->last = client;
        }
        return NULL;
}

/* Frees the clients that this thread has for managers that are gone. */
static void thread_reap(Thread *thread) {
        List over = LIST_INIT(over);

        links_lock();
        LIST_FOREACH_SAFE (node, next, &thread->clients) {
                if (!LIST_ENTRY(node, Client, in_thread)->is_over)
                        continue;
                list_unlink(node);
                list_append(&over, node);
        }
        links_unlock();
        if (!list_is_empty(&over))
                thread->last = NULL;
        free_all(&over);
}

static Client *thread_new_client(Thread *thread, uint64_t manager_id) {
        Client *client = client_new(manager_id);

        if (!client)
                return NULL;
        thread_reap(thread);
        links_lock();
        list_append(&thread->clients, &client->in_thread);
        links_unlock();
        return thread->last = client;
}

Client *client_find(const shmgr_manager *manager) {
        Thread *thread = thread_find();
        Client *client = thread ? thread_find_client(thread, manager->id) : NULL;

        if (client)
                client_check_generation(client);
        return client;
}

int client_get(shmgr_manager *manager, Client **ret) {
        Client *client = client_find(manager);

        if (!client) {
                Thread *thread = thread_find();
                if (links_prepare() < 0)
                        return -ENOMEM;
                if (!thread)
                        thread = thread_new();
                if (thread)
                        client = thread_new_client(thread, manager->id);
                if (!client)
                        return -ENOMEM;
        }
        *ret = client;
        return 0;
}

void clients_visit(uint64_t manager_id, void (*visit)(Client *client, void *userdata),
                   void *userdata) {
        links_lock();
        LIST_FOREACH (at, &threads) {
                Thread *thread = LIST_ENTRY(at, Thread, in_all);
                LIST_FOREACH (node, &thread->clients) {
                        Client *client = LIST_ENTRY(node, Client, in_thread);
                        if (client->manager_id == manager_id)
                                visit(client, userdata);
                }
        }
        links_unlock();
}

static void end_client(Client *client, void *userdata) {
        (void)userdata;
        client->is_over = true;
        link_close(&client->link);
}

/* The memory of the clients is freed by their threads, when they next look. */
void clients_end_manager(shmgr_manager *manager) {
        clients_visit(manager->id, end_client, NULL);
        manager_free(manager);
}

/* The function of shmgr_manager_set_interrupt() may drop the last reference within a call: that call frees the manager at its
 * end. */
shmgr_manager *shmgr_manager_unref(shmgr_manager *manager) {
        if (!manager || atomic_fetch_sub(&manager->n_refs, 1) > 1)
                return NULL;
        Client *client = client_find(manager);
        if (client && client->is_asking) {
                client->is_manager_over = true;
                return NULL;
        }
        clients_end_manager(manager);
        Thread *thread = thread_find();
        if (thread)
                thread_reap(thread);
        return NULL;
}

void shmgr_manager_unrefp(shmgr_manager **manager) {
        shmgr_manager_unref(*manager);
}

const char *shmgr_manager_error(shmgr_manager *manager) {
        Client *client;

        return client_get(manager, &client) < 0 ? "memory ran out" : client->error;
}

struct json_object *shmgr_manager_error_data(shmgr_manager *manager) {
        Client *client;

        return client_get(manager, &client) < 0 ? NULL : client->error_data;
}

int shmgr_manager_get_fd(shmgr_manager *manager) {
        Client *client = client_find(manager);

        return client && client->link.fd >= 0 ? client->link.fd : -ENOTCONN;
}

int manager_fail(shmgr_manager *manager, int r, const char *text) {
        Client *client;

        return client_get(manager, &client) < 0 ? r : client_fail(client, r, "%s", text);
}
