/* What sessions have opened. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handle.h"
#include "proxy.h"
#include "request.h"

/* In Client.handles, which its thread reads, and changes with the lock of the links; with the lock, another
 * thread may mark a handle. */
typedef struct Handle {
        bool is_released;
        bool is_opened; /* there is something to give back */
        char name[];    /* of the object: the proxy may be gone */
} Handle;

static int note(Client *client, const Proxy *proxy, bool is_opened) {
        size_t n = strlen(proxy->name) + 1;
        Handle *known = table_get(&client->handles, &proxy->id, sizeof(proxy->id));

        if (known) {
                known->is_opened |= is_opened;
                return 0;
        }
        CLEANUP(freep) Handle *handle = calloc(1, sizeof(*handle) + n);
        if (!handle)
                return -ENOMEM;
        handle->is_opened = is_opened;
        memcpy(handle->name, proxy->name, n);
        links_lock();
        int r = table_add(&client->handles, &proxy->id, sizeof(proxy->id), handle);
        links_unlock();
        if (r == 0)
                (void)TAKE_PTR(handle);
        return r;
}

int handle_note(Client *client, const Proxy *proxy) {
        return note(client, proxy, true);
}

int handle_know(Client *client, const Proxy *proxy) {
        return note(client, proxy, false);
}

bool handle_is_new(const Client *client, const Proxy *proxy) {
        return !table_get(&client->handles, &proxy->id, sizeof(proxy->id));
}

int handle_join(Client *client, const Proxy *proxy) {
        Buffer *out = &client->link.out;
        size_t start = buffer_size(out);
        char method[64];

        if (!proxy->is_ephemeral || table_get(&client->handles, &proxy->id, sizeof(proxy->id)))
                return 0;
        snprintf(method, sizeof(method), "%s.open", proxy->type);
        int r = request_write_notification(out, method, proxy->name);
        if (r == 0)
                r = handle_note(client, proxy);
        if (r < 0)
                buffer_truncate(out, start);
        return r;
}

static void release(Client *client, void *userdata) {
        const uint64_t *proxy_id = userdata;
        Handle *handle = table_get(&client->handles, proxy_id, sizeof(*proxy_id));

        if (!handle)
                return;
        handle->is_released = true;
        atomic_store(&client->has_released, true);
}

void handles_release(const Proxy *proxy) {
        uint64_t id = proxy->id;

        clients_visit(proxy->manager->id, release, &id);
}

/* By serial, since entries go meanwhile. */
int handles_give_back(Client *client) {
        uint64_t at = 0;
        int r = 0;

        if (!atomic_load_explicit(&client->has_released, memory_order_relaxed))
                return 0;
        links_lock();
        for (TableEntry *entry; r == 0 && (entry = table_after(&client->handles, at));) {
                const Handle *handle = entry->value;
                at = entry->serial;
                if (!handle->is_released)
                        continue;
                if (handle->is_opened)
                        r = request_write_notification(&client->link.out, "object.close",
                                                       handle->name);
                if (r == 0)
                        free(table_remove_entry(&client->handles, entry));
        }
        if (r == 0)
                atomic_store(&client->has_released, false);
        links_unlock();
        return r;
}

void handles_clear(Client *client) {
        links_lock();
        TABLE_FOREACH (entry, &client->handles)
                free(entry->value);
        table_deinit(&client->handles);
        atomic_store(&client->has_released, false);
        links_unlock();
}
