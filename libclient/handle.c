/* The objects that a session has opened, by proxy.
 *
 * Only the thread of the session adds and removes entries; another thread only marks one as released, when it frees a proxy
 * that both used. Changes take the lock of the links, under which clients_visit() finds the tables of all threads; the thread
 * itself reads without it, since nobody else changes the table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "handle.h"
#include "link.h"
#include "message.h"

/* In Handles.by_target. */
typedef struct Handle {
        bool is_released;
        bool is_opened; /* the session has a handle, which must be closed */
        char name[];    /* of the object: the proxy may be gone */
} Handle;

static int note(Handles *handles, const Target *target, bool is_opened) {
        size_t n = strlen(target->name) + 1;
        Handle *known = table_get(&handles->by_target, &target->id, sizeof(target->id));

        if (known) {
                known->is_opened |= is_opened;
                return 0;
        }
        CLEANUP(freep) Handle *handle = calloc(1, sizeof(*handle) + n);
        if (!handle)
                return -ENOMEM;
        handle->is_opened = is_opened;
        memcpy(handle->name, target->name, n);
        links_lock();
        int r = table_add(&handles->by_target, &target->id, sizeof(target->id), handle);
        links_unlock();
        if (r == 0)
                (void)TAKE_PTR(handle);
        return r;
}

int handles_note(Handles *handles, const Target *target) {
        return note(handles, target, true);
}

int handles_know(Handles *handles, const Target *target) {
        return note(handles, target, false);
}

bool handles_have(Handles *handles, const Target *target) {
        if (handles->last == target->id)
                return true;
        if (!table_get(&handles->by_target, &target->id, sizeof(target->id)))
                return false;
        handles->last = target->id;
        return true;
}

int handles_join(Handles *handles, Buffer *out, const Target *target) {
        size_t start = buffer_size(out);
        char method[64];

        if (!target->is_ephemeral || handles_have(handles, target))
                return 0;
        snprintf(method, sizeof(method), "%s.open", target->type);
        int r = message_write_notification(out, method, target->name);
        if (r == 0)
                r = handles_note(handles, target);
        if (r < 0)
                buffer_truncate(out, start);
        return r;
}

void handles_release(Handles *handles, uint64_t target_id) {
        Handle *handle = table_get(&handles->by_target, &target_id, sizeof(target_id));

        if (!handle)
                return;
        handle->is_released = true;
        atomic_store(&handles->has_released, true);
}

/* Sends the closes that other threads asked for, in front of the session's next call. The walk goes by serial, since it
 * removes entries. A close that cannot be written stays marked for the next time. */
int handles_give_back(Handles *handles, Buffer *out) {
        uint64_t at = 0;
        int r = 0;

        if (!atomic_load_explicit(&handles->has_released, memory_order_relaxed))
                return 0;
        handles->last = 0;
        links_lock();
        for (TableEntry *entry; r == 0 && (entry = table_after(&handles->by_target, at));) {
                const Handle *handle = entry->value;
                at = entry->serial;
                if (!handle->is_released)
                        continue;
                if (handle->is_opened)
                        r = message_write_notification(out, "object.close", handle->name);
                if (r == 0)
                        free(table_remove_entry(&handles->by_target, entry));
        }
        if (r == 0)
                atomic_store(&handles->has_released, false);
        links_unlock();
        return r;
}

void handles_clear(Handles *handles) {
        handles->last = 0;
        links_lock();
        TABLE_FOREACH (entry, &handles->by_target)
                free(entry->value);
        table_deinit(&handles->by_target);
        atomic_store(&handles->has_released, false);
        links_unlock();
}
