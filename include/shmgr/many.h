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

/* lock.acquire_many: acquires several locks, rlocks, rwlocks and semaphores, all or none. Callers that name them in
 * different orders do not deadlock. objects is an array (at most 64) of names, or of objects {"name", "mode": "read"
 * or "write" (of an rwlock), "n" (permits of a semaphore)}. ret_grants (may be NULL) receives an array of {"name",
 * "token", "owner_died"}, in the order of objects. The call holds none of them while it waits. -EAGAIN, -ETIMEDOUT;
 * -EIDRM: an object was deleted; -EDEADLK, -ENOTRECOVERABLE, -EOVERFLOW and others, as for each object alone. Also
 * -EPROTOTYPE, -EINVAL. */
int shmgr_acquire_many(shmgr_manager *manager, struct json_object *objects, int64_t timeout_ms,
                       struct json_object **ret_grants) SHMGR_MUST_CHECK;
/* object.wait_any: blocks until one of several objects is ready. conditions is an array (at most 64) of these
 * objects:
 *
 *     {"event": name}                           the event is set
 *     {"queue": name}                           the queue is not empty, or is closed
 *     {"lock"|"rlock"|"rwlock": name}           the lock is free
 *     {"semaphore": name}                       the semaphore has a permit
 *     {"counter": name, "op": op, "value": n}   the counter is ">=", "<=" or "==" (op) the number n
 *
 * ret_index (may be NULL) receives the index of the condition that is met, from 0 on. The call acquires nothing, so
 * another caller may acquire the object first. -EAGAIN, -ETIMEDOUT, -EDEADLK; -EIDRM: an object was deleted. Also
 * -EPROTOTYPE, -EINVAL. */
int shmgr_wait_any(shmgr_manager *manager, struct json_object *conditions, int64_t timeout_ms,
                   int64_t *ret_index) SHMGR_MUST_CHECK;
/* server.waits: the holds and the waits of all sessions for root and the user who runs the daemon; for others those
 * of this session, and those on objects that the caller may read or owns: {"sessions": [{pid, uid, comm, session,
 * holds, waits}], "edges": [{from, to, name, type, why}], "truncated"}. from and to are numbers of sessions, and
 * times are milliseconds. The caller owns the object. -EDQUOT, -EMSGSIZE: too many holds and waits for one call; use
 * shmgr_scan_waits(). */
int shmgr_waits(shmgr_manager *manager, struct json_object **ret_waits);
/* server.scan_waits: at most count holds and waits (the daemon returns 500 at most), in the form of shmgr_waits(). A
 * hold or a wait that lasts during the whole scan is returned once. A page has each session that a hold or a wait of
 * the page belongs to. *cursor is NULL at the beginning and at the end. Otherwise it is a string, which each call
 * replaces. A caller that ends the scan early frees it with free(3). The caller owns the object. After an error
 * *cursor is unchanged. -EINVAL: count is less than 1, or the cursor is from before a restart of the daemon. */
int shmgr_scan_waits(shmgr_manager *manager, char **cursor, int64_t count,
                     struct json_object **ret_waits);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
