/* Pipes: ends that are opened by name. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "connection/connection.h"
#include "connection/system.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "proxy.h"

/* The end of a pipe that must be closed in the daemon when the connection is closed. */
typedef struct OpenEnd {
        shmgr_manager *manager;
        shmgr_pipe_end end;
        unsigned generation; /* of links_generation(): a child did not open it */
        pthread_t opener;
} OpenEnd;

static int read_text(struct json_object *result, const char *key, char *ret, size_t size) {
        struct json_object *value;

        if (!json_object_object_get_ex(result, key, &value) ||
            !json_object_is_type(value, json_type_string) ||
            (size_t)json_object_get_string_len(value) >= size)
                return -EBADMSG;
        memcpy(ret, json_object_get_string(value), (size_t)json_object_get_string_len(value) + 1);
        return 0;
}

/* Returns 1 if the pipe was created, 0 if it existed, or -EBADMSG. */
static int read_opened(struct json_object *result, shmgr_pipe_end *ret) {
        struct json_object *created, *serial;

        if (read_text(result, "name", ret->name, sizeof(ret->name)) < 0 ||
            read_text(result, "end", ret->end, sizeof(ret->end)) < 0 ||
            !json_object_object_get_ex(result, "created", &created) ||
            !json_object_object_get_ex(result, "serial", &serial))
                return -EBADMSG;
        ret->serial = json_object_get_int64(serial);
        return json_object_get_boolean(created);
}

static int write_close(Buffer *out, const shmgr_pipe_end *end) {
        size_t start = buffer_size(out);
        int r = buffer_append_string(out,
                                     "{\"jsonrpc\":\"2.0\",\"method\":\"pipe.close\",\"params\":[");

        if (r == 0)
                r = json_write_string(out, end->name, strlen(end->name));
        if (r == 0)
                r = buffer_append_format(out, ",\"%s\",%lld]}\n", end->end, (long long)end->serial);
        if (r < 0)
                buffer_truncate(out, start);
        return r;
}

/* Sends a notification without blocking. If that fails, the end of the session closes the end of the pipe. */
static void tell_closed(Client *client, const shmgr_pipe_end *end) {
        if (write_close(&client->link.out, end) == 0)
                client_flush(client);
}

static int pipe_params(Client *client, const char *name, int flags, const char *end,
                       struct json_object *options, struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = NULL;

        if (!end)
                return client_fail(client, -EINVAL, "the end is NULL");
        int r = open_params(client, name, flags & ~SHMGR_DUPLEX, options, &params);
        if (r < 0)
                return r;
        if (json_put_string(params, "end", end) < 0 ||
            ((flags & SHMGR_DUPLEX) && json_put_bool(params, "duplex", true) < 0))
                return client_fail(client, -ENOMEM, "memory ran out");
        *ret = TAKE_PTR(params);
        return 0;
}

/* The end was opened, but its descriptor did not arrive: close it again in the daemon. */
static int fail_received(Client *client, int r, const shmgr_pipe_end *end) {
        tell_closed(client, end);
        if (r == -EMFILE)
                return client_fail(client, r, "this process has no descriptor left for the pipe");
        return client_fail(client, -EBADMSG, "the reply to pipe.open came without a descriptor");
}

static int open_fd(Client *client, shmgr_manager *manager, struct json_object *params, int *ret_fd,
                   shmgr_pipe_end *ret_end) {
        CLEANUP(json_putp) struct json_object *result = NULL;
        Request request;
        int fd = -1;

        request_begin_raw(&request, manager, "pipe.open", params);
        int r = request_run_fd(&request, &result, &fd);
        if (r < 0 && !result)
                return r;
        int created = read_opened(result, ret_end);
        if (created >= 0 && r < 0)
                return fail_received(client, r, ret_end);
        if (created < 0) {
                if (fd >= 0)
                        system_close(fd);
                return client_fail(client, created,
                                   "the daemon's reply to pipe.open is not understood");
        }
        *ret_fd = fd;
        return created;
}

int shmgr_pipe_open_fd(shmgr_manager *manager, const char *name, int flags, const char *end,
                       struct json_object *options, int *ret_fd, shmgr_pipe_end *ret_end) {
        CLEANUP(json_putp) struct json_object *params = NULL;
        shmgr_pipe_end opened;
        Client *client;

        int r = client_get(manager, &client);
        if (r == 0)
                r = pipe_params(client, name, flags, end, options, &params);
        if (r == 0)
                r = open_fd(client, manager, params, ret_fd, &opened);
        if (r >= 0 && ret_end)
                *ret_end = opened;
        return r;
}

int shmgr_pipe_close(shmgr_manager *manager, const shmgr_pipe_end *end) {
        Request r;

        request_begin(&r, manager, "pipe.close");
        request_string(&r, end->name);
        request_string(&r, end->end);
        request_int(&r, end->serial);
        return request_run(&r, NULL);
}

/* Returns whether the end was surely given back already: this thread's session opened it, and is over. */
static bool is_over(const OpenEnd *open, const Client *client) {
        return client->link.fd < 0 && pthread_equal(open->opener, pthread_self());
}

/* The descriptor was just closed. A copy in a child does not concern the daemon. */
static void on_close(void *userdata) {
        OpenEnd *open = userdata;
        Client *client;

        if (open->generation == links_generation() && client_get(open->manager, &client) == 0 &&
            !is_over(open, client) &&
            (client->is_asking ? client->link.fd >= 0 : client_connect(client, open->manager) == 0))
                tell_closed(client, &open->end);
        shmgr_manager_unref(open->manager);
        free(open);
}

static int connect_end(shmgr_manager *manager, int fd, const shmgr_pipe_end *end,
                       shmgr_connection **ret) {
        OpenEnd *open = malloc(sizeof(*open));

        if (!open)
                return -ENOMEM;
        *open = (OpenEnd){.manager = manager,
                          .end = *end,
                          .generation = links_generation(),
                          .opener = pthread_self()};
        int r = connection_new(fd, 0, on_close, open, ret);
        if (r < 0)
                free(open);
        else
                shmgr_manager_ref(manager);
        return r;
}

static int open_end(shmgr_manager *manager, const char *name, int flags, const char *end,
                    struct json_object *options, shmgr_connection **ret, shmgr_pipe_end *ret_end) {
        CLEANUP(shmgr_manager_unrefp) shmgr_manager *kept = shmgr_manager_ref(manager);
        int fd;

        int created = shmgr_pipe_open_fd(manager, name, flags, end, options, &fd, ret_end);
        if (created < 0)
                return created;
        int r = connect_end(manager, fd, ret_end, ret);
        if (r == 0)
                return created;
        system_close(fd);
        shmgr_pipe_close(manager, ret_end);
        return manager_fail(manager, r, "the connection could not be made");
}

int shmgr_pipe_open(shmgr_manager *manager, const char *name, int flags, const char *end,
                    struct json_object *options, shmgr_connection **ret_connection) {
        shmgr_pipe_end opened;

        return open_end(manager, name, flags, end, options, ret_connection, &opened);
}

int shmgr_pipe_pair(shmgr_manager *manager, int flags, shmgr_connection **ret_first,
                    shmgr_connection **ret_second) {
        CLEANUP(shmgr_manager_unrefp) shmgr_manager *kept = shmgr_manager_ref(manager);
        bool duplex = flags & SHMGR_DUPLEX;
        shmgr_connection *first;
        shmgr_pipe_end opened;

        int r = open_end(manager, NULL, flags, duplex ? "a" : "reader", NULL, &first, &opened);
        if (r < 0)
                return r;
        r = shmgr_pipe_open(manager, opened.name, 0, duplex ? "b" : "writer", NULL, ret_second);
        if (r < 0) {
                shmgr_connection_unref(first);
                return r;
        }
        *ret_first = first;
        return 1;
}
