/* An end: a session has opened one end of a pipe, and has descriptors of it. It is linked in both,
 * so that the end of either finds it. It keeps an ephemeral object alive like a handle. */
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
        unsigned side;    /* which end of the object */
        unsigned n_opens; /* how often the session has opened it without closing it */
        int64_t since_ns; /* since the first open */
        ListLink in_session, by_object;
} PipeEnd;

/* Returns the session's own end, or NULL. */
PipeEnd *pipe_end_find(const Session *session, const Object *object, unsigned side);
/* Returns the session's own end, or that of another session of the same process, since threads use
 * each other's descriptors; or NULL. */
PipeEnd *pipe_end_find_in_process(const Session *session, const Object *object, unsigned side);
/* Makes an end that is not linked yet, with n_opens 0. Returns 0, -EDQUOT or -ENOMEM. */
int pipe_end_prepare(Session *session, Object *object, unsigned side, PipeEnd **ret);
void pipe_end_link(PipeEnd *end);
/* Takes NULL. */
PipeEnd *pipe_end_free(PipeEnd *end);

/* Returns a new JSON object {pid, uid, comm, session, open_ms, opens}, or NULL if memory ran
 * out. */
struct json_object *pipe_end_describe(const PipeEnd *end);

/* Returns each end to its object, as far as the allowance goes (work.h). Returns true when none is
 * left. */
bool pipe_ends_end_with_session(Session *session);
/* Frees all ends of the object, without informing it: it ends, or its pair of descriptors is
 * replaced. */
void pipe_ends_forget(Object *object);

/* For snapshots: restores an end, regardless of the bounds, and links it. Returns 0 or -ENOMEM. */
int pipe_end_restore(Session *session, Object *object, unsigned side, unsigned n_opens,
                     int64_t since_ns);
