/* Managers, and the calls that are about no object in particular. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "json/json-util.h"
#include "request.h"

static atomic_uint_fast64_t last_manager_id;

int shmgr_manager_open(const char *socket_path, shmgr_manager **ret_manager) {
        char path[ADDRESS_MAX];

        if (socket_path && address_find(socket_path, path) < 0)
                return -ENAMETOOLONG;
        shmgr_manager *manager = calloc(1, sizeof(*manager));
        if (!manager)
                return -ENOMEM;
        if (socket_path) {
                manager->socket = strdup(socket_path);
                if (!manager->socket) {
                        free(manager);
                        return -ENOMEM;
                }
        }
        atomic_init(&manager->n_refs, 1);
        manager->id = atomic_fetch_add(&last_manager_id, 1) + 1;
        *ret_manager = manager;
        return 0;
}

shmgr_manager *shmgr_manager_ref(shmgr_manager *manager) {
        atomic_fetch_add(&manager->n_refs, 1);
        return manager;
}

void manager_free(shmgr_manager *manager) {
        clients_close(manager->id);
        free(manager->socket);
        free(manager);
}

/* The function of shmgr_manager_set_interrupt() may call it: then the call that asks frees the manager at its end. */
shmgr_manager *shmgr_manager_unref(shmgr_manager *manager) {
        if (!manager || atomic_fetch_sub(&manager->n_refs, 1) > 1)
                return NULL;
        Client *client = client_find(manager);
        if (client && client->is_asking) {
                client->is_manager_over = true;
                return NULL;
        }
        manager_free(manager);
        clients_reap();
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

void shmgr_manager_set_interrupt(shmgr_manager *manager, int (*is_interrupted)(void *userdata),
                                 void *userdata) {
        manager->is_interrupted = is_interrupted;
        manager->userdata = userdata;
}

void shmgr_manager_on_lost(shmgr_manager *manager, shmgr_lost on_lost, void *userdata) {
        manager->on_lost = on_lost;
        manager->lost_userdata = userdata;
}

int shmgr_call(shmgr_manager *manager, const char *method, struct json_object *params,
               struct json_object **ret_result) {
        Request r;

        request_begin_raw(&r, manager, method, params);
        return request_run(&r, ret_result);
}

int shmgr_ping(shmgr_manager *manager) {
        return shmgr_call(manager, "server.ping", NULL, NULL);
}

static int call_with_name(shmgr_manager *manager, const char *method, const char *name,
                          struct json_object **ret) {
        Request r;

        request_begin(&r, manager, method);
        if (name)
                request_string(&r, name);
        return request_run(&r, ret);
}

int shmgr_delete(shmgr_manager *manager, const char *name) {
        return call_with_name(manager, "object.delete", name, NULL);
}

int shmgr_stat(shmgr_manager *manager, const char *name, struct json_object **ret_stat) {
        return call_with_name(manager, "object.stat", name, ret_stat);
}

int shmgr_chmod(shmgr_manager *manager, const char *name, unsigned mode) {
        Request r;

        request_begin(&r, manager, "object.chmod");
        request_string(&r, name);
        request_int(&r, mode);
        return request_run(&r, NULL);
}

/* A part that is to stay is left out. */
static void request_part(Request *r, int64_t id) {
        if (id < 0)
                request_null(r);
        else
                request_int(r, id);
}

int shmgr_chown(shmgr_manager *manager, const char *name, int64_t uid, int64_t gid) {
        Request r;

        request_begin(&r, manager, "object.chown");
        request_string(&r, name);
        request_part(&r, uid);
        request_part(&r, gid);
        return request_run(&r, NULL);
}

int shmgr_limit(shmgr_manager *manager, const char *name, int64_t max_bytes) {
        Request r;

        request_begin(&r, manager, "object.limit");
        request_string(&r, name);
        request_part(&r, max_bytes);
        return request_run(&r, NULL);
}

int shmgr_list_objects(shmgr_manager *manager, const char *pattern,
                       struct json_object **ret_array) {
        return call_with_name(manager, "object.list", pattern, ret_array);
}
