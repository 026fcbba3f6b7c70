/* Settling. settle.h has the model.
 *
 * The order within the loop: suspects are collected first, since that may doom objects; doomed
 * objects end before waiters are served, since no call may meet one; and serving runs methods,
 * which may doom others. So the loop repeats until no object is doomed.
 *
 * The allowance set at the end is for the next message. While deferred work is left it is small, so
 * a client that sends messages all the time cannot have its work done in the turns of other users;
 * core_work_off() has its own allowance. */
#include "collect.h"
#include "core-state.h"
#include "end/object-end.h"
#include "end/settle.h"
#include "idle.h"
#include "remains.h"
#include "unreachable.h"
#include "wait/serve.h"
#include "work.h"

enum {
        STEPS_AT_ONCE = 4096,   /* the allowance of a message */
        STEPS_WHILE_BUSY = 256, /* while deferred work is left */
        REPLIES_AT_ONCE = 512,
};

void settle_init(Core *core) {
        reachability_init(&core->reachability);
        core->n_at_once = core->n_allowed = STEPS_AT_ONCE;
        core->n_replies_at_once = core->n_replies_left = REPLIES_AT_ONCE;
}

bool core_has_leftovers(const Core *core) {
        return !list_is_empty(&core->gone) || !list_is_empty(&core->lease_ends) ||
               !list_is_empty(&core->ended) || remains_are_left(core) ||
               reachability_is_pending(core) || !list_is_empty(&core->unsure) ||
               !list_is_empty(&core->replies) || idle_is_due(core);
}

void core_end_doomed(Core *core) {
        objects_end_doomed(core);
}

/* Most messages leave nothing to settle. */
static bool is_settled(const Core *core) {
        return list_is_empty(&core->doomed) && list_is_empty(&core->ready) &&
               list_is_empty(&core->retries) && !core_has_leftovers(core);
}

void core_settle(Core *core) {
        core->has_searched = false;
        if (is_settled(core)) {
                core->n_replies_left = core->n_replies_at_once;
                core->n_allowed = core->n_at_once;
                return;
        }
        do {
                objects_collect(core);
                objects_end_doomed(core);
                waits_serve(core);
        } while (!list_is_empty(&core->doomed) ||
                 (work_is_allowed(core) && reachability_is_pending(core)));
        bool is_busy = core_has_leftovers(core) && core->n_at_once > STEPS_WHILE_BUSY;
        core->n_replies_left = core->n_replies_at_once;
        core->n_allowed = is_busy ? STEPS_WHILE_BUSY : core->n_at_once;
}
