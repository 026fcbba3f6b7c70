/* server.waits and server.scan_waits: who holds what, and who waits for whom.
 *
 * {"sessions": [{pid, uid, comm, session, holds, waits}], "edges": [{from, to, name, type, why}]}: an edge leads
 * from a session that waits to one that holds the object ("holds"), and to the one that stands right before it
 * where a queue is served in order ("ahead"). Where they are too many, "truncated" is true.
 *
 * server.waits tells all at once, or is refused where that is too much. server.scan_waits walks holds and waits in the
 * order in which they began (relation.h) and brings some of them: a session comes in each page that has a row of it, with
 * the holds and waits that are in that page. A hold or a wait that lasts from the first page to the last comes once.
 *
 * The caller sees its own session, and of others what concerns objects whose calls a monitor of this caller
 * would see. An edge shows the holder of an object, so it needs that in any case. */
#include <errno.h>
#include <stdio.h>

#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "monitor.h"
#include "object.h"
#include "services/cursor.h"
#include "services/waits.h"
#include "session.h"
#include "types/answer-room.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

enum {
        EDGES_MAX = 10000,    /* of server.waits */
        WAIT_EDGES_MAX = 500, /* of one wait in a page */
        ROW_STEPS = 30,       /* of a hold or a wait, with its session */
        PLACE_STEPS = 4,
        EDGE_STEPS = 12,
        ROW_TEXT_LEAST = 60, /* bytes of a hold or a wait */
        ROW_VALUES_LEAST = 3,
        ROW_STEPS_MOST = 1 + ROW_STEPS + 64 * PLACE_STEPS + WAIT_EDGES_MAX * EDGE_STEPS,
        COUNT_USUAL = 100, /* rows of a page */
        COUNT_MOST = 500,
        PAGE_STEPS = 15000,
};

#define ADVICE "use server.scan_waits"

typedef struct Edges {
        const Session *to; /* who asks */
        struct json_object *array;
        size_t n, n_most;
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
                work_count(session->core, ROW_STEPS);
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
        work_count(wait_call(wait)->core, ROW_STEPS + wait_n_places(wait) * PLACE_STEPS);
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

static int edges_add_wait(Edges *edges, Wait *wait) {
        int r = 0;

        for (size_t i = 0; r == 0 && i < wait_n_places(wait); i++)
                r = edges_add_place(edges, wait_place(wait, i));
        return r;
}

static int edges_add_session(Edges *edges, const Session *session) {
        int r = 0;

        LIST_FOREACH (node, &session->waits)
                if (r == 0)
                        r = edges_add_wait(edges, LIST_ENTRY(node, Wait, in_session));
        return r;
}

/* Of all waits at most: each place of a wait leads to each holder, and to the one that stands before it. */
static uint64_t count_edges(const Relations *relations) {
        uint64_t n = work_times(relations->n_places, relations->n + 1);

        return n < EDGES_MAX ? n : EDGES_MAX;
}

uint64_t work_waits(const Call *call, const Object *none) {
        const Relations *relations = &call->core->relations;

        return 1 + relations->n * ROW_STEPS + relations->n_places * PLACE_STEPS +
               count_edges(relations) * EDGE_STEPS + call->core->n_sessions;
}

/* That what root sees does not fit is known before. */
static bool fits_none(const Call *call) {
        AnswerRoom room = answer_room_of_call(call);
        uint64_t n = call->core->relations.n, n_places = call->core->relations.n_places;

        return monitor_sees_all(call->session) && (n * ROW_TEXT_LEAST > room.n_bytes ||
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

/* A page that is being made. */
typedef struct Page {
        Call *call;
        struct json_object *sessions, *edges; /* borrowed */
        struct json_object *by_number;        /* borrowed: the sessions once more */
        AnswerRoom room;
        size_t n_rows;
        bool is_truncated;
} Page;

enum { PAGE_FULL = OUTCOME_PARKED + 1 };

/* The session's entry in the page: a new one where it has none yet. NULL when memory ran out. */
static struct json_object *session_entry(const Session *session) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o || session_describe(session, o) < 0 ||
            json_put(o, "holds", json_object_new_array()) < 0 ||
            json_put(o, "waits", json_object_new_array()) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static int page_find(Page *page, const Session *session, struct json_object **ret) {
        char number[24];

        snprintf(number, sizeof(number), "%llu", (unsigned long long)session->id);
        if (json_object_object_get_ex(page->by_number, number, ret))
                return OUTCOME_DONE;
        CLEANUP(json_putp) struct json_object *o = session_entry(session);
        if (!o)
                return -ENOMEM;
        if (!answer_room_take(&page->room, o))
                return PAGE_FULL;
        *ret = o;
        if (json_push(page->sessions, json_object_get(o)) < 0)
                return -ENOMEM;
        return json_put(page->by_number, number, TAKE_PTR(o));
}

/* Takes nothing over. */
static int page_push(Page *page, const Session *session, const char *key, struct json_object *row,
                     struct json_object *edges) {
        struct json_object *entry;

        if (!answer_room_take(&page->room, row) || (edges && !answer_room_take(&page->room, edges)))
                return PAGE_FULL;
        int r = page_find(page, session, &entry);
        if (r == OUTCOME_DONE)
                r = json_push(json_object_object_get(entry, key), json_object_get(row));
        for (size_t i = 0; edges && r == OUTCOME_DONE && i < json_object_array_length(edges); i++)
                r = json_push(page->edges, json_object_get(json_object_array_get_idx(edges, i)));
        if (r == OUTCOME_DONE)
                page->n_rows++;
        return r;
}

static int page_push_hold(Page *page, const Hold *hold) {
        const Session *to = page->call->session;

        work_count(to->core, ROW_STEPS);
        if (hold->session->has_ended || !may_see(to, hold->session, hold->object))
                return OUTCOME_DONE;
        CLEANUP(json_putp) struct json_object *row = describe_hold(hold);
        return row ? page_push(page, hold->session, "holds", row, NULL) : -ENOMEM;
}

static int page_push_wait(Page *page, Wait *wait) {
        const Session *to = page->call->session;

        work_count(to->core, 1);
        if (!wait->is_parked) /* its reply is put off */
                return OUTCOME_DONE;
        CLEANUP(json_putp) struct json_object *names = describe_places(wait, to);
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        Edges edges = {.to = to, .array = array, .n_most = WAIT_EDGES_MAX};

        if (!names || !array)
                return -ENOMEM;
        if (json_object_array_length(names) == 0)
                return OUTCOME_DONE;
        CLEANUP(json_putp) struct json_object *row = describe_wait(wait, names);
        if (!row || edges_add_wait(&edges, wait) < 0)
                return -ENOMEM;
        int r = page_push(page, wait_call(wait)->session, "waits", row, array);
        if (r == OUTCOME_DONE && edges.is_truncated)
                page->is_truncated = true;
        return r;
}

static int page_push_relation(Page *page, Relation *relation) {
        if (relation->kind == RELATION_HOLD)
                return page_push_hold(page, CONTAINER_OF(relation, Hold, relation));
        return page_push_wait(page, CONTAINER_OF(relation, Wait, relation));
}

enum { SCAN_CURSOR, SCAN_COUNT };

static uint64_t count_of(const Call *call) {
        int64_t n = call_int(call, SCAN_COUNT, COUNT_USUAL);

        return n < COUNT_MOST ? (uint64_t)n : COUNT_MOST;
}

uint64_t work_scan_waits(const Call *call, const Object *none) {
        uint64_t n_left = work_left(call), n = n_left < PAGE_STEPS ? n_left : PAGE_STEPS;

        return n > ROW_STEPS_MOST ? n : ROW_STEPS_MOST;
}

/* Holds and waits behind the cursor, which moves on; *ret_is_last where none is left. */
static int page_fill(Page *page, Cursor *cursor, bool *ret_is_last) {
        Core *core = page->call->core;
        uint64_t end = core->n_steps + core->n_predicted;
        Relation *relation = relation_after(&core->relations, cursor->at);

        for (; relation && (uint64_t)relation->node.key <= cursor->end;
             relation = relation_after(&core->relations, cursor->at)) {
                if (page->n_rows == count_of(page->call) || core->n_steps + ROW_STEPS_MOST > end)
                        break;
                int r = page_push_relation(page, relation);
                if (r == PAGE_FULL && page->n_rows > 0)
                        break;
                if (r == PAGE_FULL)
                        return call_refuse(page->call, EMSGSIZE,
                                           "the next hold or wait is larger than what is left of "
                                           "this answer: send the call by itself");
                if (r != OUTCOME_DONE)
                        return r;
                cursor->at = (uint64_t)relation->node.key;
        }
        *ret_is_last = !relation || (uint64_t)relation->node.key > cursor->end;
        return OUTCOME_DONE;
}

/* Takes the cursor over. */
static int page_return(const Page *page, struct json_object *cursor) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();

        if (!o) {
                json_object_put(cursor);
                return -ENOMEM;
        }
        if (json_put_nullable(o, "cursor", cursor) < 0 ||
            json_put(o, "sessions", json_object_get(page->sessions)) < 0 ||
            json_put(o, "edges", json_object_get(page->edges)) < 0 ||
            json_put_bool(o, "truncated", page->is_truncated) < 0)
                return -ENOMEM;
        return call_return_json(page->call, TAKE_PTR(o));
}

int server_scan_waits(Call *call, Object *none) {
        CLEANUP(json_putp) struct json_object *sessions = json_object_new_array();
        CLEANUP(json_putp) struct json_object *edges = json_object_new_array();
        CLEANUP(json_putp) struct json_object *by_number = json_object_new_object();
        Page page = {.call = call, .sessions = sessions, .edges = edges, .by_number = by_number};
        Cursor cursor;
        bool is_last = true;

        if (!sessions || !edges || !by_number)
                return -ENOMEM;
        page.room = answer_room_of_call(call);
        int r = cursor_read(call, SCAN_CURSOR, CURSOR_OF_WAITS,
                            (uint64_t)call->core->relations.last, &cursor);
        if (r == OUTCOME_DONE)
                r = page_fill(&page, &cursor, &is_last);
        if (r != OUTCOME_DONE)
                return r;
        struct json_object *next = is_last ? NULL : cursor_write(call, CURSOR_OF_WAITS, &cursor);
        return is_last || next ? page_return(&page, next) : -ENOMEM;
}

const Arg scan_waits_args[] = {
        [SCAN_CURSOR] = {.name = "cursor",
                         .kind = ARG_STRING,
                         .optional = true,
                         .help = "what the last scan returned; absent begins"},
        [SCAN_COUNT] = {.name = "count",
                        .kind = ARG_INT,
                        .optional = true,
                        .bounded = true,
                        .minimum = 1,
                        .maximum = INT64_MAX,
                        .fallback = "100",
                        .help = "how many holds and waits at most; never more than 500"},
        {0},
};
