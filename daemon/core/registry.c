/* The registry: finds objects by name, from their creation to their doom. */
#include <string.h>

#include "account.h"
#include "change.h"
#include "core-state.h"
#include "idle.h"
#include "object.h"
#include "registry.h"
#include "remains.h"
#include "unreachable.h"
#include "wait/hold.h"
#include "wait/waiter.h"
#include "work.h"

enum { END_STEPS = 40 }; /* for the end of an empty object */

/* Returns whether the object has this name; a name contains no U+0000. */
static bool object_is_called(const Object *object, const char *name, size_t n) {
        return strncmp(object->name, name, n) == 0 && object->name[n] == '\0';
}

static Object *find_by_name(Core *core, const char *name, size_t n) {
        void **slot = memo_slot(&core->known_objects, name, n);
        Object *object = *slot;

        if (object && object_is_called(object, name, n))
                return object;
        object = table_get(&core->objects, name, n);
        if (object)
                *slot = object;
        return object;
}

static void forget_name(Object *object) {
        size_t n = strlen(object->name);
        void **slot = memo_slot(&object->core->known_objects, object->name, n);

        if (*slot == object)
                *slot = NULL;
        table_remove(&object->core->objects, object->name, n);
}

Object *object_find(Core *core, const char *name, size_t n) {
        Object *object = find_by_name(core, name, n);

        if (object && object_is_condemned(object)) {
                object_doom(object);
                return NULL;
        }
        if (object)
                holds_end_of_gone(object);
        if (object && object->durable)
                changes_touch(&core->changes, object->durable);
        return object;
}

void object_doom(Object *object) {
        Core *core = object->core;

        if (object->is_doomed)
                return;
        object->is_doomed = true;
        durable_drop(object);
        idle_free(object);
        work_spend(core, END_STEPS);
        object->account->n_objects--;
        /* An object whose creation failed has no name, or one that another object may have. */
        if (object->name && table_get(&core->objects, object->name, strlen(object->name)) == object)
                forget_name(object);
        LIST_FOREACH (node, &object->queues)
                list_unlink(&LIST_ENTRY(node, WaitQueue, in_object)->in_ready);
        reachability_forget(object);
        list_append(&core->doomed, &object->in_doomed);
}

int object_set_owner(Object *object, uid_t uid, gid_t gid) {
        Account *account;
        int r = account_get(object->core, uid, &account);
        if (r < 0)
                return r;
        remains_move(object, account);
        account_move(object->account, account, object->n_bytes, object->n_structure_bytes);
        if (object->durable) {
                account_drop_durable(object->account, object->n_bytes);
                account_add_durable(account, object->n_bytes);
        }
        object->account = account;
        object->uid = uid;
        object->gid = gid;
        return 0;
}
