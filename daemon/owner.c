/* Ownership: death, grant, recovery. */
#include <errno.h>
#include <string.h>

#include "core.h"
#include "hold.h"
#include "json-util.h"
#include "object.h"
#include "owner.h"

const char *const owner_policies[] = {"release", "poison", "keep", NULL};

const char owner_grant_schema[] =
        "{\"type\":\"object\",\"required\":[\"token\"],\"properties\":{\"token\":{\"type\":"
        "\"integer\"},"
        "\"depth\":{\"type\":\"integer\"},\"owner_died\":{\"type\":\"object\"}}}";

void owner_died(Ownership *owner, const Hold *hold) {
        const Session *session = hold->session;
        Core *core = session->core;

        owner->has_victim = true;
        owner->victim.pid = session->peer.pid;
        owner->victim.uid = session->peer.uid;
        owner->victim.session = session->id;
        owner->victim.died_ns = core->now_ns;
        memcpy(owner->victim.comm, session_comm(session), sizeof(owner->victim.comm));
        owner->is_poisoned = owner->policy == OWNER_POISON;
        owner->is_orphaned = owner->policy == OWNER_KEEP;
        core->stats.n_owners_died++;
}

struct json_object *owner_describe_victim(const Ownership *owner, const Core *core) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t ago_ns = core->now_ns - owner->victim.died_ns;

        if (!o || json_put_int(o, "pid", owner->victim.pid) < 0 ||
            json_put_int(o, "uid", owner->victim.uid) < 0 ||
            json_put_string(o, "comm", owner->victim.comm) < 0 ||
            json_put_int(o, "session", owner->victim.session) < 0 ||
            json_put_int(o, "ms_ago", ago_ns / 1000000) < 0)
                return NULL;
        return TAKE_PTR(o);
}

int owner_check(Call *call, const Ownership *owner) {
        if (!owner->is_poisoned)
                return OUTCOME_DONE;
        call_refuse(
                call, ENOTRECOVERABLE,
                "its owner, pid %d (%s), died and left it poisoned: look after what it protects, "
                "then call %s.recover",
                (int)owner->victim.pid, owner->victim.comm, call->ref->type->name);
        call_add_data(call, "owner_died", owner_describe_victim(owner, call->core));
        return OUTCOME_REFUSED;
}

/* {"token": N}, with the death that this owner is the first to hear of. */
static struct json_object *owner_make_grant(const Ownership *owner, const Core *core,
                                            uint64_t token) {
        CLEANUP(json_putp) struct json_object *grant = json_object_new_object();

        if (!grant || json_put_int(grant, "token", token) < 0)
                return NULL;
        if (owner->has_victim &&
            json_put(grant, "owner_died", owner_describe_victim(owner, core)) < 0)
                return NULL;
        return TAKE_PTR(grant);
}

int owner_grant(Call *call, Ownership *owner, const char *mode) {
        Core *core = call->core;
        CLEANUP(json_putp)
        struct json_object *grant = owner_make_grant(owner, core, core->last_token + 1);
        Hold *hold;

        /* The answer is made before the hold: nothing can fail once the object is taken. */
        if (!grant)
                return -ENOMEM;
        int r = hold_new(call->session, call->object, &hold);
        if (r == -EDQUOT)
                return call_refuse(call, EDQUOT, "this session holds too many objects already");
        if (r < 0)
                return r;
        hold->token = ++core->last_token;
        hold->mode = mode;
        owner->has_victim = false;
        return call_return_json(call, TAKE_PTR(grant));
}

int owner_grant_again(Call *call, Hold *hold) {
        CLEANUP(json_putp) struct json_object *grant = json_object_new_object();

        if (!grant || json_put_int(grant, "token", hold->token) < 0 ||
            json_put_int(grant, "depth", hold->n + 1) < 0)
                return -ENOMEM;
        hold->n++;
        return call_return_json(call, TAKE_PTR(grant));
}

int owner_recover(Call *call, Ownership *owner) {
        if (!owner->is_poisoned)
                return call_refuse(call, EINVAL, "it is not poisoned: there is nothing to recover");
        owner->is_poisoned = false;
        owner->has_victim = false;
        return call_return_null(call);
}

int owner_describe(const Ownership *owner, const Object *object, struct json_object *into) {
        if (json_put_string(into, "on_owner_death", owner_policies[owner->policy]) < 0 ||
            json_put_bool(into, "poisoned", owner->is_poisoned) < 0)
                return -ENOMEM;
        if (owner->has_victim || owner->is_poisoned || owner->is_orphaned)
                return json_put(into, "owner_died", owner_describe_victim(owner, object->core));
        return 0;
}
