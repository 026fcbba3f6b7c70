/* The holds that this process runs under. Each lock run and each semaphore run adds an entry to
 * $SHMGR_HELD, a JSON array:
 *
 *   a lock     {"socket", "name", "token"}
 *   permits    {"socket", "name", "session", "created_ms"}: the session that holds them, and when the
 *              semaphore was made
 *
 * Neither a token nor such a pair is used twice, so an entry of a hold that has ended matches
 * nothing. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "ctl.h"

/* The holds of an object by ancestors of this process. */
typedef struct Around {
        /* the holder in the form of object.stat; owned. NULL: no ancestor holds the object */
        struct json_object *holder;
        int64_t n, total; /* permits held by ancestors, and all permits of the semaphore */
} Around;

/* Finds the holds of this object by commands that this process runs under, and by the session of
 * the shell that it runs in. */
Around held_find(Ctl *ctl, const char *name);
/* Each returns a new entry without "socket" and "name" that identifies a hold of this session: a
 * lock by its token, permits by the stat of the semaphore (may be NULL). Returns NULL if the
 * identity is unknown or memory ran out. */
struct json_object *held_lock(struct json_object *token);
struct json_object *held_permits(uint64_t session, struct json_object *stat);
/* Adds $SHMGR_HELD with one more entry to an environment. Takes ownership of the entry, also after
 * a failure. Returns 0 or -ENOMEM. */
int held_export(const Ctl *ctl, const char *name, struct json_object *entry, Buffer *env);
