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

/* rlock.acquire: waits for the lock, in the order of calls, and takes it; its owner, this thread, takes it once more at
 * once. ret_grant may be NULL. -EAGAIN, -ETIMEDOUT; -EDEADLK: the wait would never end (error data "cycle"); -EOVERFLOW:
 * acquired too often; -ENOTRECOVERABLE: its owner died, policy poison, see shmgr_rlock_recover(); -EIDRM. */
int shmgr_rlock_acquire(shmgr_rlock *rlock, int64_t timeout_ms,
                        shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* rlock.release: releases it once; it is free when it was released as often as acquired. -EPERM: this thread does not
 * own it. */
int shmgr_rlock_release(shmgr_rlock *rlock);
/* rlock.locked: 0 or 1. */
int shmgr_rlock_locked(shmgr_rlock *rlock, int *ret_locked);
/* rlock.owner: {pid, uid, comm, session, n, token, held_ms}, n being the depth, or NULL when it is free. */
int shmgr_rlock_owner(shmgr_rlock *rlock, struct json_object **ret_owner);
/* rlock.recover: makes a poisoned lock usable again. -EINVAL: it is not poisoned. */
int shmgr_rlock_recover(shmgr_rlock *rlock);

/* As shmgr_lock_guard(): rlock.acquire, and rlock.release at the end of a scope. Errors: -EIDRM, -EDEADLK,
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
