/* The session of one thread with one daemon.
 *
 * A client outlives its sessions. It connects when a call needs it, and a lost connection is replaced by the next call:
 *
 *   connected       link.fd is open                         a failure, or a fork: to disconnected
 *   disconnected    handles are forgotten; what was held    the next call: tells the loss first, if there is one,
 *                   is a loss to tell (holdings_lose())     and then connects
 *
 * A loss is told once for each of its two ways: by the program's function (shmgr_manager_on_lost()), which may run within a
 * call that returns another error, and by -ECONNRESET of a call. A thread that held something must not go on before it was
 * told, so a call that would begin a new session fails first.
 *
 * Must never happen: a call of one session continues on another without its thread knowing; a second call begins on the
 * client while a function of the program runs within one (is_asking). */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/macros.h"
#include "client.h"
#include "interrupt.h"
#include "json/json-util.h"

Client *client_new(uint64_t manager_id) {
        Client *client = calloc(1, sizeof(*client));

        if (!client)
                return NULL;
        client->manager_id = manager_id;
        client->generation = links_generation();
        link_init(&client->link);
        list_init(&client->in_thread);
        return client;
}

void client_free(Client *client) {
        link_deinit(&client->link);
        handles_clear(&client->handles);
        heads_deinit(&client->heads);
        holdings_deinit(&client->holdings);
        json_object_put(client->error_data);
        free(client);
}

/* After a fork: the parent still holds what the client held, so the child has lost nothing and is told of nothing. */
void client_check_generation(Client *client) {
        if (client->generation == links_generation())
                return;
        client->generation = links_generation();
        holdings_deinit(&client->holdings);
        client_disconnect(client);
}

/* Unix sockets return EAGAIN where others block: the backlog is full and CONNECT_SECONDS are over. A program would take EAGAIN
 * for a lock that is busy. */
static int complain_of_connect(Client *client, const char *path, int r) {
        switch (r) {
        case -ENOENT:
                return client_fail(client, r,
                                   "no daemon: the socket %s does not exist (to start one: shmgrd "
                                   "--socket=%s)",
                                   path, path);
        case -ECONNREFUSED:
                return client_fail(client, r, "no daemon: no process listens on %s any more", path);
        case -EAGAIN:
                return client_fail(client, -ECONNREFUSED,
                                   "the daemon on %s does not accept connections", path);
        case -EACCES:
                return client_fail(client, r, "you may not connect to %s", path);
        case -EINTR:
                return client_fail(client, r, "interrupted while connecting to %s", path);
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
        while (r == -EINTR && !interrupt_is_now(manager, &client->is_asking));
        return r < 0 ? complain_of_connect(client, client->link.path, r) : 0;
}

int client_may_call(Client *client) {
        if (!client->is_asking)
                return 0;
        return client_fail(client, -EBUSY,
                           "the function of shmgr_manager_set_interrupt() cannot make calls of the "
                           "same manager");
}

/* Sends nothing while the manager's function runs: a call of this session is then half written. */
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
        handles_clear(&client->handles);
        holdings_lose(&client->holdings);
}

static void list_names(struct json_object *names, char *text, size_t size) {
        size_t n = names ? json_object_array_length(names) : 0, length = 0;

        snprintf(text, size, "%s", n ? "" : "its names are not known");
        for (size_t i = 0; i < n && length < size; i++) {
                const char *name = json_object_get_string(json_object_array_get_idx(names, i));
                length += (size_t)snprintf(text + length, size - length, "%s'%s'", i ? ", " : "",
                                           name);
        }
}

static void end_telling(Client **client) {
        (*client)->is_asking = false;
}

/* Calls the program's function, which runs within a call and cannot make another one on the same session. */
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
                    "the session with the daemon ended, and this thread lost what it held: %s; "
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
