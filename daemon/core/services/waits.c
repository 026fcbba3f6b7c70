/* server.waits: lists holders and waiters, and which session waits for which.
 *
 * {"sessions": [{pid, uid, comm, session, holds, waits}], "edges": [{from, to, name, type, why}]}:
 * an edge leads from a waiting session to one that holds the object ("holds"), and in a queue that
 * is served in order to the waiter in front of it ("ahead"). If they are too many, "truncated" is
 * true.
 *
 * server.waits returns everything at once, or is refused if that is too much; server.scan_waits
 * (scan-waits.h) returns a part.
 *
 * The caller sees its own session, and of others what concerns objects whose calls a monitor of
 * this caller would see. An edge shows the holder of an object, so it always needs that right. */
#include <errno.h>

#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "monitor.h"
#include "services/edges.h"
#include "services/wait-row.h"
#include "services/waits.h"
#include "session.h"
#include "types/answer-room.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

enum {
        EDGES_MAX = 10000,
        ROW_TEXT_LEAST = 60, /* bytes of a hold or a wait */
        ROW_VALUES_LEAST = 3,
};

#define ADVICE "use server.scan_waits"

static struct json_object *describe_holds(const Session *session, const Session *to) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &session->holds) {
                const Hold *hold = LIST_ENTRY(node, Hold, in_session);
                work_count(session->core, WAIT_ROW_STEPS);
                if (wait_row_may_see(to, session, hold->object) &&
                    json_push(array, wait_row_of_hold(hold)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

static struct json_object *describe_waits(const Session *session, const Session *to) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                CLEANUP(json_putp) struct json_object *names = wait_row_names(wait, to);
                if (!names)
                        return NULL;
                if (json_object_array_length(names) > 0 &&
                    json_push(array, wait_row_of_wait(wait, names)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

/* Adds a session, unless the caller may see none of its holds and waits. Returns 0 or -ENOMEM. */
static int push_session(struct json_object *sessions, const Session *session, const Session *to) {
        CLEANUP(json_putp) struct json_object *holds = describe_holds(session, to);
        CLEANUP(json_putp) struct json_object *waits = describe_waits(session, to);

        if (!holds || !waits)
                return -ENOMEM;
        if (json_object_array_length(holds) == 0 && json_object_array_length(waits) == 0)
                return 0;
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        if (!o || session_describe(session, o) < 0 || json_put(o, "holds", TAKE_PTR(holds)) < 0 ||
            json_put(o, "waits", TAKE_PTR(waits)) < 0)
                return -ENOMEM;
        return json_push(sessions, TAKE_PTR(o));
}

/* Returns an upper bound of the edges: each place of a wait leads to each holder, and to the waiter
 * in front. */
static uint64_t count_edges(const Relations *relations) {
        uint64_t n = work_times(relations->n_places, relations->n + 1);

        return n < EDGES_MAX ? n : EDGES_MAX;
}

uint64_t work_waits(const Call *call, const Object *none) {
        const Relations *relations = &call->core->relations;

        return 1 + relations->n * WAIT_ROW_STEPS + relations->n_places * WAIT_PLACE_STEPS +
               count_edges(relations) * EDGE_STEPS + call->core->n_sessions;
}

/* Returns whether the result for an operator is too large for a message, without building it. */
static bool fits_none(const Call *call) {
        AnswerRoom room = answer_room_of_call(call);
        uint64_t n = call->core->relations.n, n_places = call->core->relations.n_places;

        return session_is_operator(call->session) &&
               (n * ROW_TEXT_LEAST > room.n_bytes ||
                n * ROW_VALUES_LEAST + n_places > room.n_values);
}

int server_waits(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        CLEANUP(json_putp) struct json_object *sessions = json_object_new_array();
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        Edges edges = {.to = call->session, .array = array, .n_most = EDGES_MAX};

        if (!o || !sessions || !array)
                return -ENOMEM;
        if (fits_none(call))
                return call_refuse(
                        call, EMSGSIZE,
                        "%zu holds and waits are more than one message can hold: " ADVICE,
                        call->core->relations.n);
        LIST_FOREACH (node, &call->core->sessions) {
                const Session *session = LIST_ENTRY(node, Session, in_core);
                work_count(call->core, 1);
                if (list_is_empty(&session->holds) && list_is_empty(&session->waits))
                        continue;
                if (push_session(sessions, session, call->session) < 0 ||
                    edges_add_session(&edges, session) < 0)
                        return -ENOMEM;
        }
        if (json_put(o, "sessions", TAKE_PTR(sessions)) < 0 ||
            json_put(o, "edges", TAKE_PTR(array)) < 0 ||
            json_put_bool(o, "truncated", edges.is_truncated) < 0)
                return -ENOMEM;
        return call_return_json(call, TAKE_PTR(o));
}
