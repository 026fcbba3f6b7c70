/* Grants of one object. services/lock.c grants several at once.
 *
 * check, prepare, take: only the last one changes the object, and it cannot fail. CLEANUP(grant_deinit) frees what was
 * prepared on every path that does not reach the taking. */
#include <errno.h>

#include "call/call.h"
#include "core-state.h"
#include "object.h"
#include "session.h"
#include "wait/grant.h"
#include "wait/park.h"

int grant_run(Call *call, const Grantor *grantor, Object *object, Claim claim) {
        CLEANUP(grant_deinit) Grant grant = {.object = object, .claim = claim};
        Place place = {.claim = claim};

        int r = grantor->check(call, object, &place);
        if (r == OUTCOME_PARKED)
                return call_park_at(call, &place);
        if (r == OUTCOME_DONE)
                r = grantor->prepare(call, &grant);
        if (r != OUTCOME_DONE)
                return r;
        grantor->take(call, &grant);
        return call_return_json(call, TAKE_PTR(grant.answer));
}

int grant_prepare_hold(Call *call, Grant *grant) {
        grant->hold = hold_find(call->session, grant->object);
        if (grant->hold)
                return OUTCOME_DONE;
        int r = hold_prepare(call->session, grant->object, &grant->hold);
        if (r == -EDQUOT)
                return call_refuse(call, EDQUOT,
                                   "this session, or its user, holds too many objects already "
                                   "(max-holds, max-holds-per-uid)");
        return r;
}

void grant_deinit(Grant *grant) {
        if (grant->hold && !hold_is_taken(grant->hold))
                hold_free(grant->hold);
        json_object_put(grant->answer);
}

/* Where the hold goes in the session's list is the invariant of hold.c: first, if calls wait for the object. */
void grant_hold(Hold *hold) {
        hold->since_ns = hold->session->core->now_ns;
        hold_enter(hold, hold->object->n_waiters > 0);
        relation_link(&hold->session->core->relations, &hold->relation, RELATION_HOLD, 0);
        waits_note_taken(hold->session, hold->object);
}
