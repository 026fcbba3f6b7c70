/* The holds that a command runs under, from its environment: each lock run and each semaphore run adds an entry to
 * $SHMGR_HELD, a JSON array. A lock is {"socket", "name", "token"}; permits are {"socket", "name", "session",
 * "created_ms"}, the session that holds them and when the semaphore was made. Neither a token nor that pair is used
 * twice, so an entry that is out of date says nothing. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "ctl.h"

/* Something that is held around this process. */
typedef struct Around {
        /* as object.stat tells of it; to be put. NULL: nothing is held around it */
        struct json_object *holder;
        int64_t n, total; /* permits: so many are held around it, of so many in all */
} Around;

/* Finds what is held of this object by commands that this process runs under, and by the session of the shell that it is
 * in. */
Around held_find(Ctl *ctl, const char *name);
/* The identity of a hold of this session, as an entry without "socket" and "name": of a lock by its token, of permits by
 * the semaphore's stat, which may be NULL. NULL where that is not known, or memory ran out. */
struct json_object *held_lock(struct json_object *token);
struct json_object *held_permits(uint64_t session, struct json_object *stat);
/* Adds $SHMGR_HELD with one entry more to an environment: 0 or -ENOMEM. Takes the entry, also where it fails. */
int held_export(const Ctl *ctl, const char *name, struct json_object *entry, Buffer *env);
