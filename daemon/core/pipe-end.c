/* Ends: which session has opened which end of which pipe.
 *
 * An end belongs to a session, but a process may close it through any of its sessions
 * (pipe_end_find_in_process()): descriptors belong to the process, and another thread may have
 * received the end. The kernel informs the peers of a pipe when a process ends. The lists here
 * decide when the daemon closes its own copy; until then the peers would wait for ever.
 *
 * An open end keeps its pipe alive like a handle, and counts as one for the user's bound. */
#include <errno.h>
#include <stdlib.h>

#include "account.h"
#include "base/memory.h"
#include "core-state.h"
#include "idle.h"
#include "json/json-util.h"
#include "object.h"
#include "pipe-end.h"
#include "session.h"
#include "unreachable.h"
#include "who.h"
#include "work.h"

enum { END_STEPS = 16 }; /* for closing one: a descriptor is closed */

PipeEnd *pipe_end_find(const Session *session, const Object *object, unsigned side) {
        const List *mine = session->ends.next, *its = object->ends.next;

        /* The search ends with the shorter of the two lists. */
        for (; mine != &session->ends && its != &object->ends; mine = mine->next, its = its->next) {
                PipeEnd *end = LIST_ENTRY(mine, PipeEnd, in_session);
                if (end->object == object && end->side == side)
                        return end;
                end = LIST_ENTRY(its, PipeEnd, by_object);
                if (end->session == session && end->side == side)
                        return end;
        }
        return NULL;
}

/* All processes that the daemon cannot see have pid 0, so that pid identifies none of them. */
PipeEnd *pipe_end_find_in_process(const Session *session, const Object *object, unsigned side) {
        const Peer *peer = &session->peer;
        PipeEnd *end = pipe_end_find(session, object, side);

        if (end || peer->pid == 0)
                return end;
        LIST_FOREACH (node, &object->ends) {
                end = LIST_ENTRY(node, PipeEnd, by_object);
                if (end->side == side && end->session->peer.pid == peer->pid &&
                    end->session->peer.uid == peer->uid)
                        return end;
        }
        return NULL;
}

static int pipe_end_new(Session *session, Object *object, unsigned side, PipeEnd **ret) {
        PipeEnd *end = malloc(sizeof(*end));

        if (!end)
                return -ENOMEM;
        *end = (PipeEnd){.object = object, .session = session, .side = side};
        list_init(&end->in_session);
        list_init(&end->by_object);
        session->n_ends++;
        session->account->n_handles++;
        account_add_structure(session->core, session->account, memory_of(sizeof(*end)));
        *ret = end;
        return 0;
}

int pipe_end_prepare(Session *session, Object *object, unsigned side, PipeEnd **ret) {
        const Limits *limits = &session->core->limits;

        if (session->n_ends >= limits->handles_per_session ||
            (session->peer.uid != 0 && session->account->n_handles >= limits->handles_per_uid))
                return -EDQUOT;
        return pipe_end_new(session, object, side, ret);
}

int pipe_end_restore(Session *session, Object *object, unsigned side, unsigned n_opens,
                     int64_t since_ns) {
        PipeEnd *end;
        int r = pipe_end_new(session, object, side, &end);

        if (r < 0)
                return r;
        end->n_opens = n_opens;
        end->since_ns = since_ns;
        list_append(&session->ends, &end->in_session);
        list_append(&object->ends, &end->by_object);
        return 0;
}

void pipe_end_link(PipeEnd *end) {
        end->since_ns = end->session->core->now_ns;
        list_append(&end->session->ends, &end->in_session);
        list_append(&end->object->ends, &end->by_object);
        reachability_keep(end->object);
}

PipeEnd *pipe_end_free(PipeEnd *end) {
        if (!end)
                return NULL;
        list_unlink(&end->in_session);
        list_unlink(&end->by_object);
        object_let_go(end->object);
        end->session->n_ends--;
        end->session->account->n_handles--;
        account_drop_structure(end->session->core, end->session->account, memory_of(sizeof(*end)));
        free(end);
        return NULL;
}

struct json_object *pipe_end_describe(const PipeEnd *end) {
        CLEANUP(json_putp) struct json_object *o = json_object_new_object();
        int64_t open_ns = end->session->core->now_ns - end->since_ns;

        if (!o || session_describe(end->session, o) < 0 ||
            json_put_int(o, "open_ms", open_ns / 1000000) < 0 ||
            json_put_int(o, "opens", end->n_opens) < 0)
                return NULL;
        return TAKE_PTR(o);
}

/* The last end may doom its object. */
bool pipe_ends_end_with_session(Session *session) {
        for (List *node; (node = list_first(&session->ends));) {
                PipeEnd *end = LIST_ENTRY(node, PipeEnd, in_session);
                Object *object = end->object;
                unsigned side = end->side;
                if (!work_is_allowed(session->core))
                        return false;
                work_spend(session->core, END_STEPS);
                pipe_end_free(end);
                object_may_be_unreachable(object);
                if (!object->is_doomed)
                        object->type->end_gone(object, side);
        }
        return true;
}

void pipe_ends_forget(Object *object) {
        for (List *node; (node = list_first(&object->ends));)
                pipe_end_free(LIST_ENTRY(node, PipeEnd, by_object));
}
