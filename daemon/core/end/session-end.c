/* The end of a session: the walk over all that it has, and the only place that frees one.
 *
 * All that a session has is linked in it, so nothing has to be looked for. Its waits end at once,
 * and so do the holds that somebody waits for. The rest goes in a fixed order, locks first, at once
 * as far as the allowance goes (work.h), and else in later turns. Until then the session stays in
 * Core.gone; a hold that is not given back yet is given back before a call meets its object
 * (object_find()). Objects that only the session kept are doomed here and end in the settling. */
#include <assert.h>
#include <stdlib.h>

#include "account.h"
#include "core-state.h"
#include "end/session-end.h"
#include "end/settle.h"
#include "handle.h"
#include "json/json-scan.h"
#include "monitor.h"
#include "pipe-end.h"
#include "reference.h"
#include "restart.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/reservation.h"
#include "wait/serve.h"

static void session_free(Session *session) {
        assert(list_is_empty(&session->waits) && session->n_waits == 0 && session->n_parked == 0);
        assert(list_is_empty(&session->replies));
        assert(session->n_holds == 0 && table_size(&session_tables(session)->handles) == 0);
        assert(table_size(&session_tables(session)->reservations) == 0 && session->n_ends == 0);
        session_free_tables(session);
        attachments_clear(&session->attachments);
        lent_clear(&session->lent);
        buffer_deinit(&session->output);
        json_scanner_free(session->scanner);
        free(session->groups);
        free(session->note);
        free(session->cut_off_text);
        free(session);
}

/* Returns true when nothing is left. Locks come first, since other sessions may soon ask for them;
 * handles come last, since they keep the objects of the rest alive. Each step continues where the
 * allowance ended it, since released entries leave the session's lists. */
static bool session_give_back(Session *session) {
        return holds_end_with_session(session) && reservations_end_with_session(session) &&
               pipe_ends_end_with_session(session) && leases_end_with_session(session) &&
               handles_end_with_session(session);
}

void sessions_give_back(Core *core) {
        assert(core->n_running == 0);
        for (List *node; (node = list_first(&core->gone));) {
                Session *session = LIST_ENTRY(node, Session, in_core);
                if (!session_give_back(session))
                        return;
                list_unlink(node);
                session_free(session);
        }
}

/* The waits end before has_ended is set: their methods still see a session that may receive
 * replies, and what they take is released with the holds below. The session leaves the counts at
 * once, however long its leftovers stay, so its user may connect again. */
Session *session_end(Session *session) {
        if (!session)
                return NULL;
        Core *core = session->core;

        assert(core->n_running == 0);
        core_tell(core, &(News){.kind = NEWS_SESSION_ENDS, .session = session});
        session_end_waits(session, WAIT_END_SESSION_GONE);
        restart_forget(session);
        list_unlink(&session->in_unsure);
        session->has_ended = true;
        session->transport = NULL;
        monitor_end(session);
        list_unlink(&session->in_dirty);
        session_forget_held(session);
        list_unlink(&session->in_core);
        tree_remove(&core->sessions_by_id, &session->by_id);
        core->n_sessions--;
        session->account->n_sessions--;
        account_drop_structure(core, session->account, session_memory(session));
        core->stats.n_sessions_ended++;
        if (session_give_back(session))
                session_free(session);
        else
                list_append(&core->gone, &session->in_core);
        core_settle(core);
        return NULL;
}
