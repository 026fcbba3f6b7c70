/* server.sessions and session.kill: list sessions, and end a session of another connection.
 *
 * Root and the user who runs the daemon see and end all sessions, others only those of their own
 * uid. A page begins behind the number of the session in its cursor, which is found by binary
 * search. A session that the caller may not see costs a step. */
#include <errno.h>

#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "monitor.h"
#include "services/cursor.h"
#include "services/sessions.h"
#include "session.h"
#include "types/answer-room.h"
#include "who.h"
#include "work.h"

enum {
        ROW_STEPS = 30,
        SKIP_STEPS = 1,
        COUNT_USUAL = 100,
        COUNT_MOST = 500,
        PAGE_STEPS = 15000,
};

enum { SCAN_CURSOR, SCAN_COUNT };

static bool may_see(const Session *to, const Session *session) {
        return session_is_operator(to) || to->peer.uid == session->peer.uid;
}

static struct json_object *describe(const Session *session) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t age_ns = session->core->now_ns - session->since_ns;

        if (!o || session_describe(session, o) < 0 ||
            json_put_int(o, "connected_ms", age_ns / 1000000) < 0 ||
            json_put_int(o, "holds", (int64_t)session->n_holds) < 0 ||
            json_put_int(o, "reserved",
                         (int64_t)table_size(&session_tables(session)->reservations)) < 0 ||
            json_put_int(o, "waits", (int64_t)session->n_waits) < 0 ||
            json_put_int(o, "opened", (int64_t)table_size(&session_tables(session)->handles)) < 0 ||
            json_put_bool(o, "monitors", session->monitor != NULL) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static uint64_t count_of(const Call *call) {
        int64_t n = call_int(call, SCAN_COUNT, COUNT_USUAL);

        return n < COUNT_MOST ? (uint64_t)n : COUNT_MOST;
}

uint64_t work_sessions(const Call *call, const Object *none) {
        uint64_t n_left = work_left(call), n = n_left < PAGE_STEPS ? n_left : PAGE_STEPS;

        return n > ROW_STEPS ? n : ROW_STEPS;
}

/* Returns OUTCOME_DONE, or OUTCOME_REFUSED if the page has no room for the session. */
static int page_push(AnswerRoom *room, struct json_object *page, const Session *session) {
        CLEANUP(json_putp) struct json_object *row = describe(session);

        if (!row)
                return -ENOMEM;
        return answer_room_take(room, row) ? json_push(page, TAKE_PTR(row)) : OUTCOME_REFUSED;
}

/* Adds the sessions behind the cursor, and moves the cursor. *ret_is_last tells whether none is
 * left. */
static int fill_page(Call *call, Cursor *cursor, struct json_object *page, bool *ret_is_last) {
        const Core *core = call->core;
        AnswerRoom room = answer_room_of_call(call);
        uint64_t n_left = core->n_predicted;
        Session *session = session_after(core, cursor->at);

        for (; session && session->id <= cursor->end; session = session_after(core, cursor->at)) {
                bool is_seen = may_see(call->session, session);
                uint64_t n_steps = is_seen ? ROW_STEPS : SKIP_STEPS;
                if (n_left < n_steps || json_object_array_length(page) == count_of(call))
                        break;
                int r = is_seen ? page_push(&room, page, session) : OUTCOME_DONE;
                if (r == OUTCOME_REFUSED && json_object_array_length(page) > 0)
                        break;
                if (r == OUTCOME_REFUSED)
                        return call_refuse(call, EMSGSIZE,
                                           "the next session is larger than the room left in this "
                                           "reply: send the call outside of a batch");
                if (r < 0)
                        return r;
                work_count(call->core, n_steps);
                n_left -= n_steps;
                cursor->at = session->id;
        }
        *ret_is_last = !session || session->id > cursor->end;
        return OUTCOME_DONE;
}

int server_sessions(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *result = json_object_new_object();
        CLEANUP(json_putp) struct json_object *page = json_object_new_array();
        Cursor cursor;
        bool is_last = true;

        if (!result || !page)
                return -ENOMEM;
        int r = cursor_read(call, SCAN_CURSOR, CURSOR_OF_SESSIONS, call->core->last_session_id,
                            &cursor);
        if (r == OUTCOME_DONE)
                r = fill_page(call, &cursor, page, &is_last);
        if (r != OUTCOME_DONE)
                return r;
        CLEANUP(json_putp)
        struct json_object *next = is_last ? NULL : cursor_write(call, CURSOR_OF_SESSIONS, &cursor);
        if ((!is_last && !next) || json_put_nullable(result, "cursor", TAKE_PTR(next)) < 0 ||
            json_put(result, "sessions", TAKE_PTR(page)) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(result));
}

/* The transport of the session ends it at the end of the turn, like one that does not read its
 * replies. */
int session_kill(Call *call, Object *none) {
        uint64_t id = (uint64_t)call_int(call, 0, 0);
        Session *session = session_after(call->core, id - 1);

        if (!session || session->id != id)
                return call_refuse(call, ENOENT, "no session has the number %llu",
                                   (unsigned long long)id);
        if (!may_see(call->session, session))
                return call_refuse(call, EACCES,
                                   "session %llu is of uid %u: only that user and root may end it",
                                   (unsigned long long)id, session->peer.uid);
        if (session == call->session)
                return call_refuse(call, EINVAL,
                                   "session %llu is the caller's own: close its connection instead",
                                   (unsigned long long)id);
        session_cut_off(session, "session.kill ended it");
        return call_return_null(call);
}

const Arg sessions_args[] = {
        [SCAN_CURSOR] = CURSOR_ARG,
        [SCAN_COUNT] = COUNT_ARG("how many sessions at most; never more than 500"),
        {0},
};

const Arg session_kill_args[] = {
        {.name = "session",
         .kind = ARG_INT,
         .bounded = true,
         .minimum = 1,
         .maximum = INT64_MAX,
         .help = "the number of the session, as server.sessions returns it"},
        {0},
};
