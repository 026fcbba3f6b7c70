/* rwlock: shared by readers, or held by one writer. Part of <shmgr/shmgr.h>. */
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
 * Calls are served in their order: a reader behind a waiting writer waits, too. A thread that holds it may
 * acquire it again, to any depth; one that writes may read, and one that reads may write, which is an
 * upgrade: it waits, before all others, until it is the only reader. */
SHMGR_DECLARE_PROXY(rwlock);

/* rwlock.acquire_read, rwlock.acquire_write: wait for the lock and take it. ret_grant may be NULL. -EAGAIN,
 * -ETIMEDOUT; -EDEADLK: the wait would never end, as that of the second of two readers that upgrade (error data
 * "cycle"); -EOVERFLOW: acquired too often; -ENOTRECOVERABLE: a writer died, policy poison, see
 * shmgr_rwlock_recover(); -EIDRM. */
int shmgr_rwlock_acquire_read(shmgr_rwlock *rwlock, int64_t timeout_ms,
                              shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
int shmgr_rwlock_acquire_write(shmgr_rwlock *rwlock, int64_t timeout_ms,
                               shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
/* rwlock.release: releases the latest acquisition of this thread. -EPERM: this thread does not hold it. */
int shmgr_rwlock_release(shmgr_rwlock *rwlock);
/* rwlock.downgrade: turns the writer into a reader, and admits other readers; no other thread writes in between.
 * -EPERM: this thread does not write. */
int shmgr_rwlock_downgrade(shmgr_rwlock *rwlock);
/* rwlock.locked: 1 if readers or a writer hold the lock, otherwise 0. */
int shmgr_rwlock_locked(shmgr_rwlock *rwlock, int *ret_locked);
/* rwlock.owners: an array of {pid, uid, comm, session, n, mode, token, held_ms}, n being the depth; the first 100
 * holders at most. */
int shmgr_rwlock_owners(shmgr_rwlock *rwlock, struct json_object **ret_owners);
/* rwlock.recover: makes a poisoned lock usable again. -EINVAL: it is not poisoned. */
int shmgr_rwlock_recover(shmgr_rwlock *rwlock);

/* As shmgr_lock_guard(): each acquires, and shmgr_rwlock_guardp() releases at the end of a scope. Errors: -EIDRM,
 * -EDEADLK, -ENOTRECOVERABLE, -EOVERFLOW. */
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
