/* The sessions of threads. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/macros.h"
#include "client.h"
#include "handle.h"
#include "interrupt.h"
#include "json/json-util.h"

/* What one thread has. It alone reads its clients without the lock of the links, and all changes are made with
 * the lock; another thread only marks a client, and closes its descriptor. In a forked child, those of the
 * threads that it does not have stay as they are. */
typedef struct Thread {
        List clients; /* Client.in_thread */
        List in_all;
        Client *last; /* used: most programs have one */
} Thread;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int key_error;
static List threads = {&threads, &threads};

static void client_free(Client *client) {
        link_deinit(&client->link);
        handles_clear(client);
        holdings_deinit(&client->holdings);
        json_object_put(client->error_data);
        free(client);
}

static void free_all(List *clients) {
        for (List *node; (node = list_first(clients));) {
                list_unlink(node);
                client_free(LIST_ENTRY(node, Client, in_thread));
        }
}

/* The end of a thread: its sessions end, and what it held is released. */
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

/* NULL when this thread has nothing yet, or when there can be nothing. */
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

/* Frees what this thread has for managers that are gone. */
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

static Client *client_new(Thread *thread, uint64_t manager_id) {
        Client *client = calloc(1, sizeof(*client));

        if (!client)
                return NULL;
        thread_reap(thread);
        client->manager_id = manager_id;
        client->generation = links_generation();
        link_init(&client->link);
        links_lock();
        list_append(&thread->clients, &client->in_thread);
        links_unlock();
        return thread->last = client;
}

/* In a child, the connection was closed by the fork. */
static Client *check_generation(Client *client) {
        if (client && client->generation != links_generation()) {
                client->generation = links_generation();
                holdings_deinit(&client->holdings);
                client_disconnect(client);
        }
        return client;
}

Client *client_find(const shmgr_manager *manager) {
        Thread *thread = thread_find();

        return check_generation(thread ? thread_find_client(thread, manager->id) : NULL);
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
                        client = client_new(thread, manager->id);
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
        client->is_over = true;
        link_close(&client->link);
}

/* The memory of the clients is freed by their threads, when they next look. */
void clients_close(uint64_t manager_id) {
        clients_visit(manager_id, end_client, NULL);
}

void clients_reap(void) {
        Thread *thread = thread_find();

        if (thread)
                thread_reap(thread);
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
        case -EAGAIN:
                return client_fail(client, -ECONNREFUSED,
                                   "the daemon on %s does not accept connections", path);
        case -EACCES:
                return client_fail(client, r, "you may not connect to %s", path);
        case -EINTR:
                return client_fail(client, r, "given up while connecting to %s", path);
        default:
                return client_fail(client, r, "cannot connect to %s: %s", path, strerror(-r));
        }
}

int client_connect(Client *client, const shmgr_manager *manager) {
        int r;

        if (client->link.fd >= 0)
                return 0;
        r = address_find(manager->socket, client->link.path);
        if (r < 0)
                return client_fail(client, r, "the path of the socket is too long");
        do
                r = link_connect(&client->link, true);
        while (r == -EINTR && !interrupt_is_now(client, manager));
        return r < 0 ? complain_of_connect(client, client->link.path, r) : 0;
}

int client_may_call(Client *client) {
        if (!client->is_asking)
                return 0;
        return client_fail(client, -EBUSY,
                           "a call of this thread asks the function of "
                           "shmgr_manager_set_interrupt(), which cannot call the same manager");
}

/* While the manager's function is asked, a call of this session is in the middle of its way. */
void client_flush(Client *client) {
        while (!client->is_asking && buffer_size(&client->link.out) > 0) {
                int n = link_send(&client->link);
                if (n == -EAGAIN)
                        return;
                if (n < 0 && n != -EINTR) {
                        client_disconnect(client);
                        return;
                }
        }
}

void client_disconnect(Client *client) {
        link_disconnect(&client->link);
        link_clear(&client->link);
        handles_clear(client);
        holdings_lose(&client->holdings);
}

static void list_names(struct json_object *names, char *text, size_t size) {
        size_t n = names ? json_object_array_length(names) : 0, length = 0;

        snprintf(text, size, "%s", n ? "" : "what it held");
        for (size_t i = 0; i < n && length < size; i++) {
                const char *name = json_object_get_string(json_object_array_get_idx(names, i));
                length += (size_t)snprintf(text + length, size - length, "%s'%s'", i ? ", " : "",
                                           name);
        }
}

static void end_telling(Client **client) {
        (*client)->is_asking = false;
}

/* The function of the program runs within a call, and cannot make another on the same session. */
static void tell_lost(Client *client, const shmgr_manager *manager, struct json_object *names) {
        CLEANUP(end_telling) Client *telling = client;

        telling->is_asking = true;
        manager->on_lost(names, manager->lost_userdata);
}

int client_check_lost(Client *client, const shmgr_manager *manager, bool is_told) {
        enum { NAMES_MAX = 400 };
        CLEANUP(json_putp) struct json_object *names = NULL;
        CLEANUP(json_putp) struct json_object *data = NULL;
        char text[NAMES_MAX];

        if (!holdings_are_lost(&client->holdings))
                return 0;
        names = holdings_names_of_lost(&client->holdings);
        if (manager->on_lost && !client->has_told_loss)
                tell_lost(client, manager, names);
        client->has_told_loss = !is_told;
        if (!is_told)
                return 0;
        holdings_forget_lost(&client->holdings);
        list_names(names, text, sizeof(text));
        data = json_object_new_object();
        client_fail(client, -ECONNRESET,
                    "the session with the daemon ended while this thread held %s, which is lost; "
                    "a call that was under way may have taken effect",
                    text);
        if (data && names && json_put(data, "lost", json_object_get(names)) == 0)
                client->error_data = TAKE_PTR(data);
        return -ECONNRESET;
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

int manager_fail(shmgr_manager *manager, int r, const char *text) {
        Client *client;

        return client_get(manager, &client) < 0 ? r : client_fail(client, r, "%s", text);
}
