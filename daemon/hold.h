/* A hold: a session has a lock, a share of one, or permits. Linked in both, so
 * that the end of either finds it. */
#pragma once

#include <stdint.h>

#include <json-c/json.h>

#include "list.h"

typedef struct Object Object;
typedef struct Session Session;

typedef struct Hold {
        Object *object;
        Session *session;
        List by_object;
        uint64_t token;   /* of the grant */
        uint64_t n;       /* depth of a recursive lock, number of permits; 1 otherwise */
        int64_t since_ns; /* of the first grant */
        const char *mode; /* "read" or "write" where there is a difference, else NULL */
} Hold;

/* The hold of this session on this object, or NULL. */
Hold *hold_find(Session *session, Object *object);
/* 0 and a new hold with n = 1, linked; -EDQUOT; -ENOMEM. There must be none yet. */
int hold_new(Session *session, Object *object, Hold **ret);
/* Takes NULL. */
Hold *hold_free(Hold *hold);

/* A new JSON object {pid, uid, comm, session, held_ms, ...}; NULL when memory ran out. */
struct json_object *hold_describe(const Hold *hold);

/* Each hold goes by the policy of its object. */
void holds_end_with_session(Session *session);
/* Each hold is forgotten. */
void holds_end_with_object(Object *object);
