/* Holds: which session has which object.
 *
 * A hold has three states:
 *
 *   prepared   counted and charged, in no list              hold_prepare()
 *   taken      in the lists of its session and its object    grant_hold()
 *   left       as prepared: released, its memory kept        hold_leave()
 *
 * hold_free() ends it from any of them. A waiter of a condition leaves its lock, and takes it again with the same memory, so
 * its return cannot fail.
 *
 * The order within a session's list is an invariant: holds that a call waits for stand before the others. The end of a
 * session releases those at once, and stops at the first other one when the allowance is spent; the search for deadlocks
 * stops there, too. holds_are_awaited() moves the holds of an object when its first waiter comes or its last one goes.
 *
 * A session that ended may keep holds for some turns, until slices have released them (work.h). No call may meet them:
 * holds_end_of_gone() releases what is left on an object before a call uses it.
 *
 * Must never happen: a taken hold on a doomed object outlives the object; a hold is released twice, once by its session's
 * end and once by its object's. Both ends free the hold, which takes it out of both lists. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "base/memory.h"
#include "core-state.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "session.h"
#include "wait/hold.h"
#include "who.h"
#include "work.h"

enum { HOLD_STEPS = 6 }; /* steps of ending one hold */

/* Most objects have one holder, and most sessions one hold. Otherwise both lists may be very long, so neither is walked. */
Hold *hold_find(const Session *session, const Object *object) {
        List *node = list_first(&object->holds);

        if (!node)
                return NULL;
        Hold *hold = LIST_ENTRY(node, Hold, by_object);
        if (hold->session == session)
                return hold;
        if (object->n_holds == 1 || session->n_holds == 0)
                return NULL;
        TreeNode *found = tree_find_least(&session->holds_by_object, (int64_t)object->id,
                                          (int64_t)object->id);
        return found ? CONTAINER_OF(found, Hold, by_key) : NULL;
}

void hold_enter(Hold *hold, bool goes_first) {
        Session *session = hold->session;

        if (goes_first)
                list_prepend(&session->holds, &hold->in_session);
        else
                list_append(&session->holds, &hold->in_session);
        list_append(&hold->object->holds, &hold->by_object);
        tree_insert(&session->holds_by_object, &hold->by_key, (int64_t)hold->object->id, 0);
        hold->object->n_holds++;
}

int hold_prepare(Session *session, Object *object, Hold **ret) {
        const Limits *limits = &session->core->limits;

        if (session->n_holds >= limits->holds_per_session ||
            (session->peer.uid != 0 && session->account->n_holds >= limits->holds_per_uid))
                return -EDQUOT;
        return hold_restore(session, object, ret);
}

int hold_restore(Session *session, Object *object, Hold **ret) {
        Hold *hold = calloc(1, sizeof(*hold));

        if (!hold)
                return -ENOMEM;
        hold->object = object;
        hold->session = session;
        list_init(&hold->by_object);
        list_init(&hold->in_session);
        session->n_holds++;
        session->account->n_holds++;
        account_add_structure(session->core, session->account, memory_of(sizeof(*hold)));
        *ret = hold;
        return 0;
}

bool hold_is_taken(const Hold *hold) {
        return list_is_linked(&hold->in_session);
}

/* Keeps n: a condition gives a recursive lock up with all its levels, and restores them when it comes back. */
void hold_leave(Hold *hold) {
        if (hold_is_taken(hold))
                hold->object->n_holds--;
        list_unlink(&hold->in_session);
        list_unlink(&hold->by_object);
        tree_remove(&hold->session->holds_by_object, &hold->by_key);
        relation_unlink(&hold->session->core->relations, &hold->relation);
        object_let_go(hold->object);
}

Hold *hold_free(Hold *hold) {
        if (!hold)
                return NULL;
        hold_leave(hold);
        hold->session->n_holds--;
        hold->session->account->n_holds--;
        account_drop_structure(hold->session->core, hold->session->account,
                               memory_of(sizeof(*hold)));
        free(hold);
        return NULL;
}

struct json_object *hold_describe(const Hold *hold) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t held_ns = hold->session->core->now_ns - hold->since_ns;

        if (!o || session_describe(hold->session, o) < 0 ||
            json_put_int(o, "held_ms", held_ns / 1000000) < 0 || json_put_int(o, "n", hold->n) < 0)
                return NULL;
        if (hold->token && json_put_int(o, "token", hold->token) < 0)
                return NULL;
        if (hold->mode && json_put_string(o, "mode", hold->mode) < 0)
                return NULL;
        return TAKE_PTR(o);
}

/* Holds of ended sessions are released first: a new waiter must not wait for a session that is gone. */
void holds_are_awaited(Object *object, bool are_awaited) {
        if (are_awaited)
                holds_end_of_gone(object);
        LIST_FOREACH (node, &object->holds) {
                Hold *hold = LIST_ENTRY(node, Hold, by_object);
                work_count(object->core, 1);
                list_unlink(&hold->in_session);
                if (are_awaited)
                        list_prepend(&hold->session->holds, &hold->in_session);
                else
                        list_append(&hold->session->holds, &hold->in_session);
        }
}

static void tell_left(const Hold *hold) {
        bool is_release = hold->session->end_releases;

        core_tell(hold->session->core, &(News){.kind = is_release ? NEWS_RELEASED : NEWS_OWNER_DIED,
                                               .session = hold->session,
                                               .object = hold->object->name,
                                               .n_object = strlen(hold->object->name),
                                               .text = hold->object->type->name});
}

/* Releases the hold by the policy of its object, and reports a death for the log, or a release if the
 * session announced its end as one (session.hello, "end_releases"). The end of a doomed object
 * releases its holds. */
static void hold_end(Hold *hold) {
        work_spend(hold->session->core, HOLD_STEPS);
        if (!hold->object->is_doomed) {
                tell_left(hold);
                hold->object->type->owner_gone(hold->object, hold);
        }
        hold_free(hold);
}

/* When the allowance is spent, stops at the first hold without waiters: awaited holds stand before it. */
bool holds_end_with_session(Session *session) {
        for (List *node; (node = list_first(&session->holds));) {
                Hold *hold = LIST_ENTRY(node, Hold, in_session);
                if (hold->object->n_waiters == 0 && !work_is_allowed(session->core))
                        return false;
                hold_end(hold);
        }
        return true;
}

/* Costs nothing in the usual case, in which no session is ending. */
void holds_end_of_gone(Object *object) {
        if (list_is_empty(&object->core->gone))
                return;
        LIST_FOREACH_SAFE (node, next, &object->holds) {
                Hold *hold = LIST_ENTRY(node, Hold, by_object);
                work_count(object->core, 1);
                if (hold->session->has_ended)
                        hold_end(hold);
        }
}

void holds_end_with_object(Object *object) {
        for (List *node; (node = list_first(&object->holds));) {
                Hold *hold = LIST_ENTRY(node, Hold, by_object);
                work_spend(object->core, HOLD_STEPS);
                session_tell_lost(hold->session, object->type->name, object->name);
                hold_free(hold);
        }
}

void hold_retake(Hold *hold, int64_t serial) {
        hold_enter(hold, false);
        relation_relink(&hold->session->core->relations, &hold->relation, RELATION_HOLD, 0, serial);
}

/* Tokens come from the store while it has reserved enough of them, otherwise from the clock. */
const char *hold_token_source(const Core *core) {
        return core->changes.is_on && core->last_token < core->changes.tokens ? "stored" : "clock";
}
