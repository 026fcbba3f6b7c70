/* Edges between sessions that wait and those that hold. */
#include <errno.h>

#include "call/call.h"
#include "json/json-util.h"
#include "monitor.h"
#include "object.h"
#include "services/edges.h"
#include "services/wait-row.h"
#include "session.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "work.h"

static int edges_add(Edges *edges, const Session *from, const Session *to, const Object *object,
                     const char *why) {
        CLEANUP(json_putp) struct json_object *o = NULL;

        if (edges->n == edges->n_most) {
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
        work_count(from->core, EDGE_STEPS);
        return 0;
}

/* Returns the nearest waiter in front of this one that keeps its turn. */
static const Waiter *find_ahead(const Waiter *waiter) {
        const List *before = waiter->in_line.prev;

        if (!wait_is_ordered(waiter->wait) || before == &waiter->queue->ordered)
                return NULL;
        return LIST_ENTRY(before, Waiter, in_line);
}

static int edges_add_place(Edges *edges, const Waiter *waiter) {
        const Session *from = wait_call(waiter->wait)->session;
        const Object *blocker = waiter->queue->blocker;
        const Waiter *ahead = waiter->queue->order == WAIT_IN_ORDER ? find_ahead(waiter) : NULL;
        int r = 0;

        if (!wait_row_may_see(edges->to, from, waiter->queue->object) ||
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

int edges_add_wait(Edges *edges, Wait *wait) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < wait_n_places(wait); i++)
                r = edges_add_place(edges, wait_place(wait, i));
        return r;
}

int edges_add_session(Edges *edges, const Session *session) {
        int r = 0;

        LIST_FOREACH (node, &session->waits)
                if (r == 0)
                        r = edges_add_wait(edges, LIST_ENTRY(node, Wait, in_session));
        return r;
}
