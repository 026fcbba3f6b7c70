/* A hold: a session has a lock, a share of one, or permits. Linked in both, so
 * that the end of either finds it.
 *
 * A hold may be prepared before it is taken, and given up without being freed. So acquire_many, and a waiter of a
 * condition that is notified, have the memory before they give anything away: taking cannot fail. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/list.h"
#include "base/tree.h"
#include "wait/relation.h"

typedef struct Core Core;
typedef struct Object Object;
typedef struct Session Session;

typedef struct Hold {
        Object *object;
        Session *session;
        ListLink by_object, in_session;
        TreeNode by_key;   /* Session.holds_by_object */
        Relation relation; /* while it is taken */
        uint64_t token;    /* of the grant */
        uint64_t n;        /* depth of a recursive lock, number of permits; 1 otherwise */
        uint64_t n_shared; /* of a read-write lock: the levels of reading below those of writing */
        int64_t since_ns;  /* of the first grant */
        const char *mode;  /* "read" or "write" for a read-write lock, otherwise NULL */
} Hold;

/* The source from which tokens begin after a restart of the daemon: see core_begin_tokens(). */
const char *hold_token_source(const Core *core);

/* Returns the hold of this session on this object, or NULL, in logarithmic time. */
Hold *hold_find(const Session *session, const Object *object);
/* Makes a hold that is not taken yet, with n = 0. Returns 0, -EDQUOT or -ENOMEM. */
int hold_prepare(Session *session, Object *object, Hold **ret);
/* For snapshots: makes a hold like hold_prepare(), without the bounds. Returns 0 or -ENOMEM. */
int hold_restore(Session *session, Object *object, Hold **ret);
/* For snapshots: takes a hold with its old serial, as the last of its session and of its object. */
void hold_retake(Hold *hold, int64_t serial);
bool hold_is_taken(const Hold *hold);
/* For hold_retake() and grant_hold(): the object is the session's from now on. Holds that a call waits for go first. */
void hold_enter(Hold *hold, bool goes_first);
/* Releases the object, and keeps the memory of the hold, its n and its place among the session's bounds. */
void hold_leave(Hold *hold);
/* Takes NULL. */
Hold *hold_free(Hold *hold);

/* A new JSON object {pid, uid, comm, session, held_ms, ...}; NULL when memory ran out. */
struct json_object *hold_describe(const Hold *hold);

/* The first wait for the holders of an object began, or the last one ended: awaited holds stand first in their
 * sessions. */
void holds_are_awaited(Object *object, bool are_awaited);

/* Releases all holds of a session by the policy of their objects: those that a call waits for at once, and the others as
 * far as the allowance goes (work.h). True when none is left. */
bool holds_end_with_session(Session *session);
/* Releases the holds that ended sessions still have on this object, before a call uses the object. */
void holds_end_of_gone(Object *object);
/* Frees all holds on an object that ends, without its policy. */
void holds_end_with_object(Object *object);
