/* server.scan_waits: walks holds and waits in the order in which they began (relation.h), and
 * returns a page of them. A session is in each page that has one of its holds or waits, with
 * those of that page. A hold or wait that lasts from the first page to the last is in exactly
 * one page. */
#include <errno.h>
#include <stdio.h>

#include "call/call-work.h"
#include "call/call.h"
#include "core-state.h"
#include "json/json-util.h"
#include "services/cursor.h"
#include "services/edges.h"
#include "services/scan-waits.h"
#include "services/wait-row.h"
#include "session.h"
#include "types/answer-room.h"
#include "wait/hold.h"
#include "wait/wait.h"
#include "who.h"
#include "work.h"

enum {
        WAIT_EDGES_MAX = 500, /* of a wait in a page */
        PAGE_ROW_MOST = 1 + WAIT_ROW_STEPS + 64 * WAIT_PLACE_STEPS + WAIT_EDGES_MAX * EDGE_STEPS,
        COUNT_USUAL = 100, /* rows of a page */
        COUNT_MOST = 500,
        PAGE_STEPS = 15000,
};

/* A page under construction. */
typedef struct Page {
        Call *call;
        struct json_object *sessions, *edges; /* borrowed */
        struct json_object *by_number;        /* borrowed: these sessions by id */
        AnswerRoom room;
        size_t n_rows;
        bool is_truncated;
} Page;

enum { PAGE_FULL = OUTCOME_LATER + 1 };

/* Returns the entry of the session in the page, a new one if necessary, or NULL if memory ran
 * out. */
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

/* Borrows row and edges. */
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

        work_count(to->core, WAIT_ROW_STEPS);
        if (hold->session->has_ended || !wait_row_may_see(to, hold->session, hold->object))
                return OUTCOME_DONE;
        CLEANUP(json_putp) struct json_object *row = wait_row_of_hold(hold);
        return row ? page_push(page, hold->session, "holds", row, NULL) : -ENOMEM;
}

static int page_push_wait(Page *page, Wait *wait) {
        const Session *to = page->call->session;

        work_count(to->core, 1);
        if (!wait_call(wait)->is_parked) /* served, but its reply is deferred */
                return OUTCOME_DONE;
        CLEANUP(json_putp) struct json_object *names = wait_row_names(wait, to);
        CLEANUP(json_putp) struct json_object *array = json_object_new_array();
        Edges edges = {.to = to, .array = array, .n_most = WAIT_EDGES_MAX};

        if (!names || !array)
                return -ENOMEM;
        if (json_object_array_length(names) == 0)
                return OUTCOME_DONE;
        CLEANUP(json_putp) struct json_object *row = wait_row_of_wait(wait, names);
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

        return n > PAGE_ROW_MOST ? n : PAGE_ROW_MOST;
}

/* Adds the holds and waits behind the cursor, and moves the cursor. *ret_is_last tells whether none
 * is left. */
static int page_fill(Page *page, Cursor *cursor, bool *ret_is_last) {
        Core *core = page->call->core;
        uint64_t end = core->n_steps + core->n_predicted;
        Relation *relation = relation_after(&core->relations, cursor->at);

        for (; relation && (uint64_t)relation->node.key <= cursor->end;
             relation = relation_after(&core->relations, cursor->at)) {
                if (page->n_rows == count_of(page->call) || core->n_steps + PAGE_ROW_MOST > end)
                        break;
                int r = page_push_relation(page, relation);
                if (r == PAGE_FULL && page->n_rows > 0)
                        break;
                if (r == PAGE_FULL)
                        return call_refuse(page->call, EMSGSIZE,
                                           "the next hold or wait is larger than the room left in "
                                           "this reply: send the call outside of a batch");
                if (r != OUTCOME_DONE)
                        return r;
                cursor->at = (uint64_t)relation->node.key;
        }
        *ret_is_last = !relation || (uint64_t)relation->node.key > cursor->end;
        return OUTCOME_DONE;
}

/* Takes ownership of the cursor. */
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
        [SCAN_CURSOR] = CURSOR_ARG,
        [SCAN_COUNT] = COUNT_ARG("how many holds and waits at most; never more than 500"),
        {0},
};
