/* rlock: a lock that its owner may acquire again. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_RLOCK_H
#define SHMGR_RLOCK_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: on_owner_death ("release", "poison" or "keep"). */
SHMGR_DECLARE_PROXY(rlock);

/* rlock.acquire: blocks until the lock is free, and acquires it; waiting calls are served in their order. The owner
 * is this thread. If this thread owns the lock already, its depth grows by 1 at once. ret_grant may be NULL. -EAGAIN,
 * -ETIMEDOUT; -EDEADLK: the wait would never end (error data "cycle"); -EOVERFLOW: the depth is at its bound;
 * -ENOTRECOVERABLE: the owner died, policy poison, see shmgr_rlock_recover(); -EIDRM: the lock was deleted. */
int shmgr_rlock_acquire(shmgr_rlock *rlock, int64_t timeout_ms,
                        shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* rlock.release: reduces the depth by 1. The lock is free at depth 0. -EPERM: this thread does not own the lock. Any
 * thread may release a lock that a dead owner keeps (policy keep). */
int shmgr_rlock_release(shmgr_rlock *rlock);
/* rlock.locked: 1 if the lock is locked, otherwise 0. */
int shmgr_rlock_locked(shmgr_rlock *rlock, int *ret_locked);
/* rlock.owner: {pid, uid, comm, session, n, token, held_ms}, or NULL if the lock is free. n is the depth. Of a dead
 * owner (policy keep): {pid, uid, comm, session, ms_ago, dead: true}. */
int shmgr_rlock_owner(shmgr_rlock *rlock, struct json_object **ret_owner);
/* rlock.recover: makes a poisoned lock usable again. -EINVAL: it is not poisoned. */
int shmgr_rlock_recover(shmgr_rlock *rlock);

/* rlock.acquire and, at the end of a scope, rlock.release, as with shmgr_lock_guard(). Errors: -EIDRM, -EDEADLK,
 * -ENOTRECOVERABLE, -EOVERFLOW. */
shmgr_rlock *shmgr_rlock_guard(shmgr_rlock *rlock) SHMGR_MUST_CHECK;
void shmgr_rlock_guardp(shmgr_rlock **guard);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
