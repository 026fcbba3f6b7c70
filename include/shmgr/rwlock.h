/* rwlock: a lock that many readers share, or one writer holds. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_RWLOCK_H
#define SHMGR_RWLOCK_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: on_owner_death ("release", "poison" or "keep"), which applies to writers.
 *
 * Calls are served in their order: a reader behind a waiting writer waits, too. A thread that holds the lock may
 * acquire it again, to any depth. A writer may also read. A reader may also write, which is an upgrade: it waits,
 * before all other calls, until this thread is the only reader. */
SHMGR_DECLARE_PROXY(rwlock);

/* rwlock.acquire_read, rwlock.acquire_write: block until the lock can be acquired, and acquire it. ret_grant may be
 * NULL. -EAGAIN, -ETIMEDOUT; -EDEADLK: the wait would never end, as when two readers upgrade (error data "cycle");
 * -EOVERFLOW: the depth is at its bound; -ENOTRECOVERABLE: a writer died, policy poison, see shmgr_rwlock_recover();
 * -EIDRM: the lock was deleted. */
int shmgr_rwlock_acquire_read(shmgr_rwlock *rwlock, int64_t timeout_ms,
                              shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
int shmgr_rwlock_acquire_write(shmgr_rwlock *rwlock, int64_t timeout_ms,
                               shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* rwlock.release: releases the latest acquisition of this thread. -EPERM: this thread does not hold the lock. Any
 * thread may release a lock that a dead writer keeps (policy keep). */
int shmgr_rwlock_release(shmgr_rwlock *rwlock);
/* rwlock.downgrade: turns the writer into a reader, and admits other readers; no other thread writes in between.
 * -EPERM: this thread is not the writer. */
int shmgr_rwlock_downgrade(shmgr_rwlock *rwlock);
/* rwlock.locked: 1 if readers or a writer hold the lock, or a dead writer keeps it, otherwise 0. */
int shmgr_rwlock_locked(shmgr_rwlock *rwlock, int *ret_locked);
/* rwlock.owners: an array of {pid, uid, comm, session, n, mode, token, held_ms} for the first 100 holders at most. n
 * is the depth. Of a dead writer (policy keep): {pid, uid, comm, session, ms_ago, dead: true}. */
int shmgr_rwlock_owners(shmgr_rwlock *rwlock, struct json_object **ret_owners);
/* rwlock.recover: makes a poisoned lock usable again. -EINVAL: it is not poisoned. */
int shmgr_rwlock_recover(shmgr_rwlock *rwlock);

/* Acquire the lock, as with shmgr_lock_guard(), to read or to write; shmgr_rwlock_guardp() releases it at the end of
 * a scope (rwlock.acquire_read, rwlock.acquire_write, rwlock.release). Errors: -EIDRM, -EDEADLK, -ENOTRECOVERABLE,
 * -EOVERFLOW. */
shmgr_rwlock *shmgr_rwlock_guard_read(shmgr_rwlock *rwlock) SHMGR_MUST_CHECK;
shmgr_rwlock *shmgr_rwlock_guard_write(shmgr_rwlock *rwlock) SHMGR_MUST_CHECK;
void shmgr_rwlock_guardp(shmgr_rwlock **guard);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
