/* Makes objects. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/memory.h"
#include "call/call.h"
#include "collect.h"
#include "core-state.h"
#include "idle.h"
#include "object.h"
#include "object-new.h"
#include "registry.h"
#include "session.h"
#include "value.h"

#define ANONYMOUS_PREFIX "anonymous:"

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

/* Returns whether one more object is within the bound. At the bound, first collects unreachable
 * objects, up to a fixed number of steps. */
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

/* Makes the object durable, within the bounds of its owner. Its first contents exist already. */
static int make_durable(Call *open, Object *object, Durability durability) {
        const Account *account = object->account;
        uint64_t most = object->core->limits.durable_objects_per_uid;

        if (durability == DURABLE_NO)
                return OUTCOME_DONE;
        if (account->uid != 0 && account->n_durable_objects >= most)
                return call_refuse(
                        open, EDQUOT,
                        "uid %u owns %llu durable objects already (max-stored-objects-per-uid); "
                        "pass 'durable' no to keep this one in memory only",
                        account->uid, (unsigned long long)most);
        int r = value_check_durable(open, object, object->n_bytes);
        return r == OUTCOME_DONE ? durable_new(object, durability) : r;
}

int object_new(Call *open, const Type *type, const ObjectOptions *options, Object **ret) {
        Session *session = open->session;
        Core *core = session->core;

        if (options->name &&
            strncmp(options->name, ANONYMOUS_PREFIX, strlen(ANONYMOUS_PREFIX)) == 0)
                return call_refuse_arg(
                        open, "name",
                        "only the daemon makes names that begin with '" ANONYMOUS_PREFIX "'");
        if (!has_place(core, session))
                return call_refuse(
                        open, EDQUOT, "uid %u owns %llu objects already (max-objects-per-uid)",
                        session->peer.uid, (unsigned long long)core->limits.objects_per_uid);

        Object *object = calloc(1, type->size);
        if (!object)
                return -ENOMEM;
        object->type = type;
        object->core = core;
        object->id = ++core->last_object_id;
        object->uid = session->peer.uid;
        object->gid = options->gid;
        object->mode = options->mode;
        object->is_ephemeral = options->is_ephemeral;
        object->max_bytes = options->max_bytes;
        object->created_ms = core->wall_ms;
        object->used_ns = core->now_ns;
        object->account = session->account;
        object->account->n_objects++;
        object_init_lists(object);
        object_add_structure(object, memory_of(type->size));
        int r = object_set_name(object, options);
        if (r == 0)
                r = type->init(object, open);
        if (r == OUTCOME_DONE)
                r = make_durable(open, object, options->durability);
        if (r == OUTCOME_DONE && options->idle_ttl_ms)
                r = idle_new(object, options->idle_ttl_ms);
        if (r == OUTCOME_DONE)
                r = table_add(&core->objects, object->name, strlen(object->name), object);
        if (r != OUTCOME_DONE) {
                object_doom(object);
                return r;
        }
        size_t n_name = strlen(object->name);
        object_add_structure(object, memory_of(n_name + 1) + table_entry_memory(n_name));
        change_report(object, INT64_MIN, UINT64_MAX);
        *ret = object;
        return OUTCOME_DONE;
}
