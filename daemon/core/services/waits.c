/* server.waits: who holds what, and who waits for whom.
 *
 * {"sessions": [{pid, uid, comm, session, holds, waits}], "edges": [{from, to, name, type, why}]}: an edge leads
 * from a session that waits to one that holds the object ("holds"), and to the one that stands right before it
 * where a queue is served in order ("ahead"). Where they are too many, "truncated" is true.
 *
 * The caller sees its own session, and of others what concerns objects whose calls a monitor of this caller
 * would see. An edge shows the holder of an object, so it needs that in any case. */
#include <errno.h>

#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "monitor.h"
#include "object.h"
#include "services/waits.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "who.h"

enum { EDGES_MAX = 10000 };

typedef struct Edges {
        const Session *to; /* who asks */
        struct json_object *array;
        size_t n;
        bool is_truncated;
} Edges;

static struct json_object *describe_hold(const Hold *hold) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t held_ns = hold->session->core->now_ns - hold->since_ns;

        if (!o || json_put_string(o, "name", hold->object->name) < 0 ||
            json_put_string(o, "type", hold->object->type->name) < 0 ||
            json_put_int(o, "n", (int64_t)hold->n) < 0 ||
            json_put_int(o, "held_ms", held_ns / 1000000) < 0)
                return NULL;
        if (hold->token && json_put_int(o, "token", (int64_t)hold->token) < 0)
                return NULL;
        if (hold->mode && json_put_string(o, "mode", hold->mode) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static bool may_see(const Session *to, const Session *session, const Object *object) {
        return session == to || monitor_may_see(to, object);
}

static struct json_object *describe_holds(const Session *session, const Session *to) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &session->holds) {
                const Hold *hold = LIST_ENTRY(node, Hold, in_session);
                if (may_see(to, session, hold->object) && json_push(array, describe_hold(hold)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

/* Where a call waits: the names of the objects that may be seen. */
static struct json_object *describe_places(Wait *wait, const Session *to) {
        CLEANUP(json_putp) struct json_object *names = json_object_new_array();

        if (!names)
                return NULL;
        for (size_t i = 0; i < wait_n_places(wait); i++) {
                const Object *object = wait_place(wait, i)->queue->object;
                if (may_see(to, wait_call(wait)->session, object) &&
                    json_push(names, json_object_new_string(object->name)) < 0)
                        return NULL;
        }
        return TAKE_PTR(names);
}

static struct json_object *describe_wait(Wait *wait, struct json_object *names) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        const Call *call = wait_call(wait);
        int64_t now_ns = call->core->now_ns, left_ns = call->deadline_ns - now_ns;

        if (!o || json_put_string(o, "method", call->ref->name) < 0 ||
            json_put(o, "names", json_object_get(names)) < 0 ||
            json_put_int(o, "waiting_ms", (now_ns - wait->since_ns) / 1000000) < 0)
                return NULL;
        if (call->deadline_ns < INT64_MAX &&
            json_put_int(o, "left_ms", left_ns > 0 ? left_ns / 1000000 : 0) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static struct json_object *describe_waits(const Session *session, const Session *to) {
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();

        if (!array)
                return NULL;
        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                CLEANUP(json_putp) struct json_object *names = describe_places(wait, to);
                if (!names)
                        return NULL;
                if (json_object_array_length(names) > 0 &&
                    json_push(array, describe_wait(wait, names)) < 0)
                        return NULL;
        }
        return TAKE_PTR(array);
}

/* Nothing, where there is nothing about it that the caller may see: 0 or -ENOMEM. */
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

static int edges_add(Edges *edges, const Session *from, const Session *to, const Object *object,
                     const char *why) {
        CLEANUP(json_putp) struct json_object *o = NULL;

        if (edges->n == EDGES_MAX) {
                edges->is_truncated = true;
                return 0;
        }
        o = json_object_new_object();
        if (!o || json_put_int(o, "from", (int64_t)from->id) < 0 ||
            json_put_int(o, "to", (int64_t)to->id) < 0 ||
            json_put_string(o, "name", object->name) < 0 ||
            json_put_string(o, "type", object->type->name) < 0 ||
            json_put_string(o, "why", why) < 0 || json_push(edges->array, TAKE_PTR(o)) < 0)
                return -ENOMEM;
        edges->n++;
        return 0;
}

/* The nearest that keeps its turn before this one. */
static const Waiter *find_ahead(const Waiter *waiter) {
        const List *before = waiter->in_ordered.prev;

        if (!wait_is_ordered(waiter->wait) || before == &waiter->queue->ordered)
                return NULL;
        return LIST_ENTRY(before, Waiter, in_ordered);
}

static int edges_add_place(Edges *edges, const Waiter *waiter) {
        const Session *from = wait_call(waiter->wait)->session;
        const Object *blocker = waiter->queue->blocker;
        const Waiter *ahead = waiter->queue->order == WAIT_IN_ORDER ? find_ahead(waiter) : NULL;
        int r = 0;

        if (!may_see(edges->to, from, waiter->queue->object) ||
            !monitor_may_see(edges->to, blocker))
                return 0;
        LIST_FOREACH (node, &blocker->holds) {
                if (r < 0 || edges->is_truncated)
                        return r;
                r = edges_add(edges, from, LIST_ENTRY(node, Hold, by_object)->session, blocker,
                              "holds");
        }
        if (r == 0 && ahead)
                r = edges_add(edges, from, wait_call(ahead->wait)->session, blocker, "ahead");
        return r;
}

static int edges_add_session(Edges *edges, const Session *session) {
        int r = 0;

        LIST_FOREACH (node, &session->waits) {
                Wait *wait = LIST_ENTRY(node, Wait, in_session);
                for (size_t i = 0; r == 0 && i < wait_n_places(wait); i++)
                        r = edges_add_place(edges, wait_place(wait, i));
        }
        return r;
}

int server_waits(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        CLEANUP(json_putp) struct json_object *sessions = json_object_new_array();
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        Edges edges = {.to = call->session, .array = array};

        if (!o || !sessions || !array)
                return -ENOMEM;
        LIST_FOREACH (node, &call->core->sessions) {
                const Session *session = LIST_ENTRY(node, Session, in_core);
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
