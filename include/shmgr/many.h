/* Waiting for several objects at once, and listing waiting calls. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_MANY_H
#define SHMGR_MANY_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* lock.acquire_many: takes several locks, rlocks, rwlocks and semaphores, all or none, without a deadlock in whatever
 * order they are named. objects is an array (at most 64) of names, or of objects {"name", "mode": "read" or "write" (of
 * an rwlock), "n" (permits of a semaphore)}. ret_grants (may be NULL) gets an array of {"name", "token", "owner_died"},
 * in the same order. While it waits it holds nothing. -EAGAIN, -ETIMEDOUT; -EDEADLK, -ENOTRECOVERABLE and others, as
 * for each of them alone; -EIDRM: one was deleted. Also -EPROTOTYPE, -EINVAL. */
int shmgr_acquire_many(shmgr_manager *manager, struct json_object *objects, int64_t timeout_ms,
                       struct json_object **ret_grants) SHMGR_MUST_CHECK;
/* object.wait_any: waits until one of several objects is ready. conditions is an array (at most 64) of {"event": name}
 * (it is set), {"queue": name} (it is not empty, or is closed), {"lock"|"rlock"|"rwlock": name} (it is free),
 * {"semaphore": name} (it has a permit), {"counter": name, "op": ">=", "<=" or "==", "value": number}. ret_index (may
 * be NULL) receives its index, from 0. The call takes nothing, so another caller may be faster. -EAGAIN, -ETIMEDOUT, -EDEADLK; -EIDRM: one was
 * deleted. Also -EPROTOTYPE, -EINVAL. */
int shmgr_wait_any(shmgr_manager *manager, struct json_object *conditions, int64_t timeout_ms,
                   int64_t *ret_index) SHMGR_MUST_CHECK;
/* server.waits, for a small number of sessions: {"sessions": [{pid, uid, comm, session, holds, waits}], "edges": [{from, to, name,
 * type, why}], "truncated"}: the holds and waits of all sessions; from and to are numbers of sessions, and times are
 * milliseconds. The object is the caller's. -EDQUOT, -EMSGSIZE: too many holds and waits for one call; use
 * shmgr_scan_waits(). */
int shmgr_waits(shmgr_manager *manager, struct json_object **ret_waits);
/* server.scan_waits: the same for at most count holds and waits (the daemon returns 500 at most), each of which is
 * returned once if it lasts throughout. A session is in each page that has a hold or a wait of it. *cursor is NULL at
 * the beginning and the end; otherwise it is a string that the call replaces, and that the caller frees with free(3)
 * if the scan ends early. The object is the caller's. After an error *cursor is as it was. -EINVAL: count is less
 * than 1, or the cursor is from before a restart of the daemon. */
int shmgr_scan_waits(shmgr_manager *manager, char **cursor, int64_t count,
                     struct json_object **ret_waits);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
