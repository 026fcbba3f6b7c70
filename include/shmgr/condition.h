/* condition: waits for a notification while its lock is released. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_CONDITION_H
#define SHMGR_CONDITION_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: lock, the name of an existing lock or rlock. Without this option the condition has an rlock of its own,
 * and on_owner_death ("release", "poison" or "keep") may be given for it.
 *
 * If a named lock is deleted, waiting calls get -EIDRM, and later calls -ENOENT. */
SHMGR_DECLARE_PROXY(condition);

/* condition.acquire, condition.release: acquire and release the condition's lock, as shmgr_rlock_acquire() and
 * shmgr_rlock_release() do. -EDEADLK: the wait would never end, or a named lock that is not an rlock was acquired
 * twice. Also -ENOENT, -EAGAIN, -ETIMEDOUT, -EIDRM, -EOVERFLOW, -ENOTRECOVERABLE, -EPERM. */
int shmgr_condition_acquire(shmgr_condition *condition, int64_t timeout_ms,
                            shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
int shmgr_condition_release(shmgr_condition *condition);
/* condition.wait: releases the lock at any depth, waits for a notification, and acquires the lock again at that
 * depth. A call that fails with -ETIMEDOUT or -EINTR has acquired the lock again, which may take longer than the
 * timeout. After -ENOTRECOVERABLE (another owner died, policy poison), -EIDRM and -ECONNRESET this thread does not
 * own the lock. -EPERM: this thread does not own the lock; -EAGAIN: the call would block, and the lock was not
 * released. Also -ENOENT, -EDEADLK. */
int shmgr_condition_wait(shmgr_condition *condition, int64_t timeout_ms) SHMGR_MUST_CHECK;
/* condition.wait, repeated until predicate() returns non-zero. The library calls predicate() before the first wait
 * and after each one, with the lock held. A negative result of predicate() ends the call, which returns it. The
 * timeout is for all waits together. Errors are those of shmgr_condition_wait(): -EAGAIN, -ETIMEDOUT, -EIDRM, -EPERM,
 * -ENOENT, -EDEADLK, -ENOTRECOVERABLE. */
int shmgr_condition_wait_for(shmgr_condition *condition, int (*predicate)(void *userdata),
                             void *userdata, int64_t timeout_ms) SHMGR_MUST_CHECK;
/* condition.notify, condition.notify_all: notify up to n waiting calls, or all, the oldest first. A notified call
 * continues when it gets the lock. Without waiting calls they do nothing. If a notified process dies before it
 * continues, the next call is notified. -EPERM: this thread does not own the lock. Also -ENOENT, -EINVAL. */
int shmgr_condition_notify(shmgr_condition *condition, int64_t n);
int shmgr_condition_notify_all(shmgr_condition *condition);
/* condition.locked, condition.owner, condition.recover: as shmgr_rlock_locked(), shmgr_rlock_owner() and
 * shmgr_rlock_recover(), for the condition's lock. Errors: -ENOENT, -EINVAL. */
int shmgr_condition_locked(shmgr_condition *condition, int *ret_locked);
int shmgr_condition_owner(shmgr_condition *condition, struct json_object **ret_owner);
int shmgr_condition_recover(shmgr_condition *condition);

/* condition.acquire and, at the end of a scope, condition.release, as with shmgr_lock_guard(). Errors: -EIDRM,
 * -ENOENT, -EDEADLK, -EOVERFLOW, -ENOTRECOVERABLE. */
shmgr_condition *shmgr_condition_guard(shmgr_condition *condition) SHMGR_MUST_CHECK;
void shmgr_condition_guardp(shmgr_condition **guard);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
