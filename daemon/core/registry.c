/* The registry: names to objects, from birth to doom. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "call/call.h"
#include "core.h"
#include "object.h"
#include "reachability.h"
#include "registry.h"
#include "remains.h"
#include "wait/hold.h"
#include "session.h"
#include "wait/wait.h"
#include "work.h"

#define ANONYMOUS_PREFIX "anonymous:"

enum { END_STEPS = 40 }; /* of the end of an object that has nothing */

const char *name_fault(const char *name, size_t n) {
        if (n == 0)
                return "a name cannot be empty";
        if (n > ARG_NAME_MAX)
                return "a name has at most 255 bytes";
        if (!utf8_is_valid(name, n))
                return "a name is UTF-8";
        for (size_t i = 0; i < n; i++) {
                unsigned char c = name[i];
                /* C0, DEL, and C1 as UTF-8 has it: 0xc2 0x80 to 0xc2 0x9f */
                if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)name[i + 1] < 0xa0))
                        return "a name has no control characters";
        }
        return NULL;
}

Object *object_find(Core *core, const char *name, size_t n) {
        Object *object = table_get(&core->objects, name, n);

        if (object && object_is_condemned(object)) {
                object_doom(object);
                return NULL;
        }
        if (object)
                holds_end_of_gone(object);
        return object;
}

static int object_set_name(Object *object, const ObjectOptions *options) {
        char made_up[64];
        const char *name = options->name;
        size_t n = options->n_name;

        if (!name) {
                n = snprintf(made_up, sizeof(made_up), ANONYMOUS_PREFIX "%llu",
                             (unsigned long long)object->id);
                name = made_up;
        }
        object->name = strndup(name, n);
        return object->name ? 0 : -ENOMEM;
}

/* Objects that are known to nobody any more are no hindrance, as far as they are found in passing. */
static bool has_place(Core *core, const Session *session) {
        enum { STEPS_AT_MOST = 10000 };
        const Account *account = session->account;
        uint64_t n_allowed = core->n_allowed;

        if (session->peer.uid == 0 || account->n_objects < core->limits.objects_per_uid)
                return true;
        core->n_allowed = STEPS_AT_MOST;
        objects_collect(core);
        core->n_allowed = n_allowed;
        return account->n_objects < core->limits.objects_per_uid;
}

int object_new(Call *open, const Type *type, const ObjectOptions *options, Object **ret) {
        Session *session = open->session;
        Core *core = session->core;

        if (options->name &&
            strncmp(options->name, ANONYMOUS_PREFIX, strlen(ANONYMOUS_PREFIX)) == 0)
                return call_refuse_arg(open, "name",
                                       "names that begin with '" ANONYMOUS_PREFIX
                                       "' are given by the daemon");
        if (!has_place(core, session))
                return call_refuse(open, EDQUOT, "uid %u already owns %llu objects",
                                   session->peer.uid,
                                   (unsigned long long)core->limits.objects_per_uid);

        Object *object = calloc(1, type->size);
        if (!object)
                return -ENOMEM;
        object->type = type;
        object->core = core;
        object->id = ++core->last_object_id;
        object->uid = session->peer.uid;
        object->gid = session->peer.gid;
        object->mode = options->mode;
        object->is_ephemeral = options->is_ephemeral;
        object->max_bytes = options->max_bytes;
        object->created_ms = core->wall_ms;
        object->account = session->account;
        object->account->n_objects++;
        list_init(&object->handles);
        list_init(&object->holds);
        list_init(&object->ends);
        list_init(&object->reservations);
        list_init(&object->queues);
        list_init(&object->blocked);
        list_init(&object->waits);
        list_init(&object->references_in);
        list_init(&object->in_suspects);
        list_init(&object->in_search);
        list_init(&object->in_doomed);
        list_init(&object->remains);

        object_add_structure(object, memory_of(type->size));
        int r = object_set_name(object, options);
        if (r == 0)
                r = type->init(object, open);
        if (r == OUTCOME_DONE)
                r = table_add(&core->objects, object->name, strlen(object->name), object);
        if (r != OUTCOME_DONE) {
                object_doom(object);
                return r;
        }
        size_t n_name = strlen(object->name);
        object_add_structure(object, memory_of(n_name + 1) + table_entry_memory(n_name));
        *ret = object;
        return OUTCOME_DONE;
}

void object_doom(Object *object) {
        Core *core = object->core;

        if (object->is_doomed)
                return;
        object->is_doomed = true;
        work_spend(core, END_STEPS);
        object->account->n_objects--;
        /* An object that could not be made has no name, or one that another object may have. */
        if (object->name && table_get(&core->objects, object->name, strlen(object->name)) == object)
                table_remove(&core->objects, object->name, strlen(object->name));
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
        object->account = account;
        object->uid = uid;
        object->gid = gid;
        return 0;
}
