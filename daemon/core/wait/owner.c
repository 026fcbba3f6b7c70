/* Ownership: death, grant, recovery. owner.h has the states.
 *
 * A death is noted while the dead session still has its hold, since its pid and its name are taken from there; the type then
 * releases the hold and signals. So owner_signal() is separate from owner_died(): a signal before the release would find the
 * object taken.
 *
 * Exactly one owner hears of a death: has_victim is cleared by the first grant after it. A session that holds a recursive
 * lock already and takes one more level is not told, because no owner died between its levels.
 *
 * The order of a grant is that of grant.h: owner_prepare() makes the answer, since making it may fail, and owner_take() writes
 * the token into it, since a token is used up only when the object is really taken. */
#include <errno.h>

#include "core-state.h"
#include "denied.h"
#include "json/json-util.h"
#include "object.h"
#include "open-options.h"
#include "snapshot/reader.h"
#include "snapshot/writer.h"
#include "wait/grant.h"
#include "wait/hold.h"
#include "wait/owner.h"

const char *const owner_policies[] = {"release", "poison", "keep", NULL};

const char owner_grant_schema[] =
        "{\"type\":\"object\",\"required\":[\"token\"],\"properties\":{\"token\":{\"type\":"
        "\"integer\"},"
        "\"depth\":{\"type\":\"integer\"},\"owner_died\":{\"type\":\"object\"}}}";

int owner_get_policy(const Ownership *owner, struct json_object **ret) {
        return present_string(owner_policies[owner->policy], ret);
}

/* A session that announced its end as a release (session.hello, "end_releases") has left, and is no death to report. */
void owner_died(Ownership *owner, const Hold *hold) {
        const Session *session = hold->session;
        Core *core = session->core;

        if (session->end_releases)
                return;
        owner->has_victim = true;
        who_set(&owner->victim, session);
        owner->died_ns = core->now_ns;
        owner->is_poisoned = owner->policy == OWNER_POISON;
        owner->is_orphaned = owner->policy == OWNER_KEEP;
        core->stats.n_owners_died++;
}

/* A poisoned object refuses every waiter, also those whose level could not continue; the usual signal would leave these. */
void owner_signal(const Ownership *owner, WaitQueue *queue) {
        if (owner->is_poisoned)
                waitqueue_signal_all(queue);
        else
                waitqueue_signal(queue);
}

struct json_object *owner_describe_victim(const Ownership *owner, const Core *core) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t ago_ns = core->now_ns - owner->died_ns;

        if (!o || who_describe(&owner->victim, o) < 0 ||
            json_put_int(o, "ms_ago", ago_ns / 1000000) < 0)
                return NULL;
        return TAKE_PTR(o);
}

int owner_check(Call *call, const Ownership *owner, const Object *object) {
        if (!owner->is_poisoned)
                return OUTCOME_DONE;
        call_refuse(call, ENOTRECOVERABLE,
                    "%s died while it owned this object, which is poisoned: repair what it "
                    "protects, then call "
                    "%s.recover",
                    who_text(&owner->victim), object->type->name);
        call_add_data(call, "owner_died", owner_describe_victim(owner, call->core));
        return object_hide_state(call, object, OUTCOME_REFUSED);
}

/* Makes the answer {"token": N}. A new owner also gets the death that was not reported yet, a present owner the new depth.
 * owner_take() fills in the token of a new owner. */
static struct json_object *owner_make_answer(const Ownership *owner, const Core *core,
                                             const Hold *hold) {
        CLEANUP(json_putp) struct json_object *answer = json_object_new_object();

        if (!answer || json_put_int(answer, "token", (int64_t)hold->token) < 0)
                return NULL;
        if (hold_is_taken(hold)) {
                if (json_put_int(answer, "depth", (int64_t)hold->n + 1) < 0)
                        return NULL;
        } else if (owner->has_victim) {
                if (json_put(answer, "owner_died", owner_describe_victim(owner, core)) < 0)
                        return NULL;
        }
        return TAKE_PTR(answer);
}

/* The bound on the depth keeps a client's loop from counting a hold over its range. */
int owner_prepare(Call *call, const Ownership *owner, Grant *grant) {
        int r = grant_prepare_hold(call, grant);
        if (r != OUTCOME_DONE)
                return r;
        if (grant->hold->n >= OWNER_DEPTH_MAX)
                return call_refuse(call, EOVERFLOW,
                                   "this session has acquired it %d times and not released it",
                                   OWNER_DEPTH_MAX);
        grant->answer = owner_make_answer(owner, call->core, grant->hold);
        return grant->answer ? OUTCOME_DONE : -ENOMEM;
}

void owner_take(Call *call, Ownership *owner, Grant *grant) {
        Hold *hold = grant->hold;

        if (!hold_is_taken(hold)) {
                grant_hold(hold);
                hold->token = ++call->core->last_token;
                owner->has_victim = false;
        }
        hold->n++;
        json_object_set_int64(json_object_object_get(grant->answer, "token"), (int64_t)hold->token);
}

/* wait_call()->hold is the lock that a waiter of a condition gave up: such a waiter needs the whole lock back, and must not
 * count levels that its session acquired meanwhile as its own. */
bool owner_is_no_obstacle(const Hold *own, const Waiter *waiter) {
        return own && waiter->wait->need == WAIT_FOR_ALL && !wait_call(waiter->wait)->hold;
}

int owner_recover(Call *call, Ownership *owner) {
        if (!owner->is_poisoned)
                return call_refuse(call, EINVAL,
                                   "the object is not poisoned, so it cannot be recovered");
        owner->is_poisoned = false;
        owner->has_victim = false;
        return call_return_null(call);
}

int owner_describe(const Ownership *owner, const Object *object, struct json_object *into) {
        if (json_put_string(into, "on_owner_death", owner_policies[owner->policy]) < 0 ||
            json_put_bool(into, "poisoned", owner->is_poisoned) < 0 ||
            json_put_string(into, "token_source", hold_token_source(object->core)) < 0)
                return -ENOMEM;
        if (owner->has_victim || owner->is_poisoned || owner->is_orphaned)
                return json_put(into, "owner_died", owner_describe_victim(owner, object->core));
        return 0;
}

void owner_save(const Ownership *owner, SnapshotWriter *w) {
        snapshot_put_string(w, "on_owner_death", owner_policies[owner->policy]);
        snapshot_put_bool(w, "poisoned", owner->is_poisoned);
        snapshot_put_bool(w, "orphaned", owner->is_orphaned);
        snapshot_put_bool(w, "has_victim", owner->has_victim);
        who_save(&owner->victim, w, "victim");
        snapshot_put_int(w, "died_ns", owner->died_ns);
}

void owner_load(Ownership *owner, SnapshotRecord *state) {
        owner->policy = snapshot_get_choice(state, "on_owner_death", owner_policies);
        owner->is_poisoned = snapshot_get_bool(state, "poisoned");
        owner->is_orphaned = snapshot_get_bool(state, "orphaned");
        owner->has_victim = snapshot_get_bool(state, "has_victim");
        who_load(&owner->victim, state, "victim");
        owner->died_ns = snapshot_get_int(state, "died_ns");
}
