/* Proxies: opening and closing objects, and using them by name.
 *
 * A proxy belongs to no thread. It has the name and the type; which sessions have opened the object is noted in their clients
 * (handle.c). A thread that uses a proxy for the first time opens an ephemeral object in front of its call (handles_join()),
 * since only open handles keep it alive.
 *
 * A proxy made with SHMGR_CREATE keeps the text of its open (Target.again): in a daemon that was started anew the same object
 * is made again, as at first, by the first call that finds it missing (request-run.c).
 *
 * The last unref may happen in any thread: the own session closes its handle at once, those of other threads are marked
 * (handles_release()) and close theirs before their next call, since no thread touches the connection of another. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group-name.h"
#include "json/json-text.h"
#include "json/json-util.h"
#include "proxy.h"

static atomic_uint_fast64_t last_proxy_id;

static int make_params(const char *name, int flags, struct json_object *options,
                       struct json_object **ret) {
        CLEANUP(json_putp) struct json_object *params = json_object_new_object();

        if (!params)
                return -ENOMEM;
        if (options) {
                json_object_object_foreach (options, key, value)
                        if (json_put_nullable(params, key, json_object_get(value)) < 0)
                                return -ENOMEM;
        }
        if (name && json_put_string(params, "name", name) < 0)
                return -ENOMEM;
        if ((flags & SHMGR_CREATE) && json_put_bool(params, "create", true) < 0)
                return -ENOMEM;
        if ((flags & SHMGR_EXCLUSIVE) && json_put_bool(params, "exclusive", true) < 0)
                return -ENOMEM;
        if ((flags & SHMGR_EPHEMERAL) && json_put_string(params, "lifetime", "ephemeral") < 0)
                return -ENOMEM;
        if ((flags & SHMGR_PERSISTENT) && json_put_string(params, "lifetime", "persistent") < 0)
                return -ENOMEM;
        if ((flags & SHMGR_UNCHECKED) && json_put_bool(params, "check", false) < 0)
                return -ENOMEM;
        *ret = TAKE_PTR(params);
        return 0;
}

static int check_open(Client *client, int flags, struct json_object *options) {
        if (flags & ~OPEN_FLAGS)
                return client_fail(client, -EINVAL, "unknown flag 0x%x", (unsigned)flags);
        if ((flags & SHMGR_EPHEMERAL) && (flags & SHMGR_PERSISTENT))
                return client_fail(client, -EINVAL,
                                   "an object is ephemeral or persistent, not both");
        if (options && !json_object_is_type(options, json_type_object))
                return client_fail(client, -EINVAL, "options must be a JSON object");
        return 0;
}

static int fail_group(Client *client, int r, struct json_object *params) {
        const char *name = json_object_get_string(json_object_object_get(params, "group"));

        if (r == -ENOMEM)
                return client_fail(client, r, "memory ran out");
        if (r == -ENOENT)
                return client_fail(client, -EINVAL, "group: unknown group '%s'", name);
        return client_fail(client, r, "group: '%s' cannot be looked up: %s", name, strerror(-r));
}

int open_params(Client *client, const char *name, int flags, struct json_object *options,
                struct json_object **ret) {
        int r = check_open(client, flags, options);

        if (r < 0)
                return r;
        CLEANUP(json_putp) struct json_object *params = NULL;
        r = make_params(name, flags, options, &params);
        if (r < 0)
                return client_fail(client, r, "memory ran out");
        r = group_name_resolve(params);
        if (r < 0)
                return fail_group(client, r, params);
        *ret = TAKE_PTR(params);
        return 0;
}

static Proxy *proxy_new(shmgr_manager *manager, const char *type, const char *name) {
        Proxy *proxy = calloc(1, sizeof(*proxy));

        if (!proxy)
                return NULL;
        proxy->target.name = strdup(name);
        if (!proxy->target.name) {
                free(proxy);
                return NULL;
        }
        atomic_init(&proxy->n_refs, 1);
        proxy->target.id = atomic_fetch_add(&last_proxy_id, 1) + 1;
        proxy->manager = shmgr_manager_ref(manager);
        proxy->target.type = type;
        return proxy;
}

static int read_opened(Client *client, shmgr_manager *manager, const char *type,
                       struct json_object *result, Proxy **ret) {
        struct json_object *name, *created, *lifetime;

        if (!json_object_object_get_ex(result, "name", &name) ||
            !json_object_object_get_ex(result, "created", &created) ||
            !json_object_object_get_ex(result, "lifetime", &lifetime) ||
            !json_object_is_type(name, json_type_string) ||
            !json_object_is_type(lifetime, json_type_string))
                return client_fail(client, -EBADMSG,
                                   "the daemon's reply to an open is not understood");
        Proxy *proxy = proxy_new(manager, type, json_object_get_string(name));
        if (!proxy || handles_note(&client->handles, &proxy->target) < 0) {
                proxy_unref(proxy);
                return client_fail(client, -ENOMEM, "memory ran out");
        }
        proxy->is_owned = json_object_get_boolean(json_object_object_get(result, "owned"));
        proxy->target.is_ephemeral = strcmp(json_object_get_string(lifetime), "ephemeral") == 0;
        *ret = proxy;
        return json_object_get_boolean(created);
}

/* Keeps the parameters that make the object again, as it was made at first, in another daemon. */
static int keep_again(Proxy *proxy, struct json_object *params, Buffer *out) {
        int r = buffer_append_format(
                out, "{\"jsonrpc\":\"2.0\",\"method\":\"%s.open\",\"params\":", proxy->target.type);

        json_object_object_del(params, "exclusive");
        /* The caller did not ask for a lifetime, so an existing object of the other lifetime is accepted. */
        if (r == 0 && !json_object_object_get_ex(params, "lifetime", NULL))
                r = json_put_bool(params, "check", false);
        if (r == 0)
                r = json_put_string(params, "name", proxy->target.name);
        if (r == 0)
                r = json_put_string(params, "lifetime",
                                    proxy->target.is_ephemeral ? "ephemeral" : "persistent");
        if (r == 0)
                r = json_write(out, params);
        return r == 0 ? buffer_append_string(out, "}\n") : r;
}

int proxy_open(shmgr_manager *manager, const char *type, const char *name, int flags,
               struct json_object *options, Proxy **ret) {
        CLEANUP(shmgr_manager_unrefp) shmgr_manager *kept = shmgr_manager_ref(manager);
        CLEANUP(json_putp) struct json_object *params = NULL;
        CLEANUP(json_putp) struct json_object *result = NULL;
        char method[64];
        Client *client;

        int r = client_get(manager, &client);
        if (r == 0)
                r = open_params(client, name, flags, options, &params);
        if (r < 0)
                return r;
        snprintf(method, sizeof(method), "%s.open", type);
        r = shmgr_call(manager, method, params, &result);
        if (r < 0)
                return r;
        int created = read_opened(client, manager, type, result, ret);
        /* The daemon chooses the name of an anonymous object. */
        if (created < 0 || !(flags & SHMGR_CREATE) || !name)
                return created;
        r = keep_again(*ret, params, &(*ret)->target.again);
        if (r == 0)
                return created;
        *ret = proxy_unref(*ret);
        return client_fail(client, r, "memory ran out");
}

static void release(Client *client, void *userdata) {
        const uint64_t *target_id = userdata;

        handles_release(&client->handles, *target_id);
}

/* Closes the object in this thread's session without waiting. A failure is ignored: the session's end closes it. */
static void proxy_close(const Proxy *proxy) {
        Client *client = client_find(proxy->manager);
        uint64_t id = proxy->target.id;

        clients_visit(proxy->manager->id, release, &id);
        if (!client || client->is_asking || client->link.fd < 0 ||
            handles_give_back(&client->handles, &client->link.out) < 0)
                return;
        client_flush(client);
}

Proxy *proxy_ref(Proxy *proxy) {
        atomic_fetch_add(&proxy->n_refs, 1);
        return proxy;
}

Proxy *proxy_unref(Proxy *proxy) {
        if (!proxy || atomic_fetch_sub(&proxy->n_refs, 1) > 1)
                return NULL;
        proxy_close(proxy);
        shmgr_manager_unref(proxy->manager);
        buffer_deinit(&proxy->target.again);
        free(proxy->target.name);
        free(proxy);
        return NULL;
}

void proxy_begin(Request *r, Proxy *proxy, const char *method) {
        request_begin_for(r, proxy->manager, &proxy->target, method);
}

int proxy_scan(Proxy *proxy, const char *method, int64_t *cursor, int64_t count,
               struct json_object **ret_array) {
        CLEANUP(json_putp) struct json_object *result = NULL;
        struct json_object *next, *items;
        Request r;

        proxy_begin(&r, proxy, method);
        request_int(&r, *cursor);
        request_int(&r, count);
        int error = request_run(&r, &result);
        if (error < 0)
                return error;
        if (!json_object_object_get_ex(result, "cursor", &next) ||
            !json_object_object_get_ex(result, "items", &items))
                return client_fail(r.client, -EBADMSG, "the daemon's reply to %s is not understood",
                                   method);
        *cursor = json_object_get_int64(next);
        *ret_array = json_object_get(items);
        return 0;
}
