/* Handles: which session has opened which object, and how often.
 *
 * A handle keeps an ephemeral object alive. Its key is the id of the object, not its name: after a
 * deletion another object may have the name, and a close must not affect that one. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "base/memory.h"
#include "core-state.h"
#include "handle.h"
#include "idle.h"
#include "object.h"
#include "session.h"
#include "unreachable.h"
#include "work.h"

enum { HANDLE_STEPS = 6 }; /* for closing one */

static size_t handle_memory(void) {
        return memory_of(sizeof(Handle)) + table_entry_memory(sizeof(uint64_t));
}

static Handle *handle_find(Session *session, Object *object) {
        return table_get(&session_tables(session)->handles, &object->id, sizeof(object->id));
}

static bool handle_may_be_made(const Session *session) {
        const Limits *limits = &session->core->limits;

        return table_size(&session_tables(session)->handles) < limits->handles_per_session &&
               (session->peer.uid == 0 || session->account->n_handles < limits->handles_per_uid);
}

/* Makes a handle. Returns 0, -ENOMEM or -EEXIST. */
static int handle_new(Session *session, Object *object, Handle **ret) {
        CLEANUP(freep) Handle *handle = calloc(1, sizeof(*handle));

        if (!handle)
                return -ENOMEM;
        int r = session_make_tables(session);
        if (r == 0)
                r = table_add(&session->tables->handles, &object->id, sizeof(object->id), handle);
        if (r < 0)
                return r;
        handle->object = object;
        handle->session = session;
        list_append(&object->handles, &handle->by_object);
        object->n_handles++;
        session->account->n_handles++;
        account_add_structure(session->core, session->account, handle_memory());
        *ret = TAKE_PTR(handle);
        return 0;
}

int handle_restore(Session *session, Object *object, unsigned n_opens) {
        Handle *handle;
        int r = handle_new(session, object, &handle);

        if (r == 0)
                handle->n_opens = n_opens;
        return r;
}

int handle_open(Session *session, Object *object) {
        Handle *handle = handle_find(session, object);

        if (!handle) {
                if (!handle_may_be_made(session))
                        return -EDQUOT;
                int r = handle_new(session, object, &handle);
                if (r < 0)
                        return r;
                reachability_keep(object);
        }
        handle->n_opens++;
        return 0;
}

static void handle_unlink(Handle *handle) {
        Session *session = handle->session;
        Object *object = handle->object;

        table_remove(&session->tables->handles, &object->id, sizeof(object->id));
        /* Only the handle informs the lease of the end of the object. */
        if (table_size(&session->tables->leases) > 0)
                table_remove(&session->tables->leases, &object->id, sizeof(object->id));
        list_unlink(&handle->by_object);
        object->n_handles--;
        handle->session->account->n_handles--;
        account_drop_structure(handle->session->core, handle->session->account, handle_memory());
        free(handle);
        object_let_go(object);
}

int handle_close(Session *session, Object *object) {
        Handle *handle = handle_find(session, object);

        if (!handle)
                return -ENOENT;
        if (--handle->n_opens > 0)
                return 0;
        handle_unlink(handle);
        object_may_be_unreachable(object);
        return 0;
}

bool handles_end_with_session(Session *session) {
        for (TableEntry *entry; (entry = table_first(&session_tables(session)->handles));) {
                Handle *handle = entry->value;
                if (!work_is_allowed(session->core))
                        return false;
                work_spend(session->core, HANDLE_STEPS);
                handle->n_opens = 1;
                handle_close(session, handle->object);
        }
        return true;
}

void handles_end_with_object(Object *object) {
        for (List *node; (node = list_first(&object->handles));) {
                work_spend(object->core, HANDLE_STEPS);
                handle_unlink(LIST_ENTRY(node, Handle, by_object));
        }
}
