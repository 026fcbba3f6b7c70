/* An end: a session has opened one end of an object that has several, and has
 * descriptors of it. Linked in both, so that the end of either finds it. It keeps
 * an ephemeral object as a handle does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/list.h"

typedef struct Object Object;
typedef struct Session Session;

typedef struct PipeEnd {
        Object *object;
        Session *session;
        unsigned side;    /* which of the object's ends */
        unsigned n_opens; /* how often the session has opened it, and not closed it again */
        int64_t since_ns; /* the first of them */
        ListLink in_session, by_object;
} PipeEnd;

/* The session's own, or NULL. */
PipeEnd *pipe_end_find(const Session *session, const Object *object, unsigned side);
/* The same, or that of another session of the same process: its threads use each other's descriptors. */
PipeEnd *pipe_end_find_in_process(const Session *session, const Object *object, unsigned side);
/* 0 and an end that is not linked yet, n_opens being 0; -EDQUOT; -ENOMEM. */
int pipe_end_prepare(Session *session, Object *object, unsigned side, PipeEnd **ret);
void pipe_end_link(PipeEnd *end);
/* Takes NULL. */
PipeEnd *pipe_end_free(PipeEnd *end);

/* A new JSON object {pid, uid, comm, session, open_ms, opens}; NULL when memory ran out. */
struct json_object *pipe_end_describe(const PipeEnd *end);

/* Each goes back to its object, as far as the allowance goes (work.h): true when none is left. */
bool pipe_ends_end_with_session(Session *session);
/* Each is forgotten: the pair of descriptors that they belong to goes, or the object. */
void pipe_ends_forget(Object *object);

/* For snapshots: one that there was, whatever the bounds say, linked: 0 or -ENOMEM. */
int pipe_end_restore(Session *session, Object *object, unsigned side, unsigned n_opens,
                     int64_t since_ns);
