/* condition: waits for a notification, with a lock released meanwhile. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_CONDITION_H
#define SHMGR_CONDITION_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: lock, the name of an existing lock or rlock; without it the condition has an rlock of its own, for
 * which on_owner_death ("release", "poison" or "keep") may be given.
 *
 * If a named lock is deleted, waiting calls get -EIDRM, and later calls -ENOENT. */
SHMGR_DECLARE_PROXY(condition);

/* condition.acquire, condition.release: of the lock. As for shmgr_rlock_acquire(); over a named lock that is no rlock a
 * second acquire is -EDEADLK. Also -ENOENT, -EAGAIN, -ETIMEDOUT, -EIDRM, -EOVERFLOW, -ENOTRECOVERABLE, -EPERM. */
int shmgr_condition_acquire(shmgr_condition *condition, int64_t timeout_ms,
                            shmgr_grant *ret_grant) SHMGR_MUST_CHECK;
int shmgr_condition_release(shmgr_condition *condition);
/* condition.wait: releases the lock at any depth, waits for a notification, and takes the lock back. -EPERM: this
 * thread does not own the lock; -EAGAIN: the lock was not released. -ETIMEDOUT and -EINTR come when the lock was taken
 * back, which may take longer than the timeout. After -ENOTRECOVERABLE (another owner died, policy poison), -EIDRM and
 * -ECONNRESET this thread does not own the lock. Also -ENOENT, -EDEADLK. */
int shmgr_condition_wait(shmgr_condition *condition, int64_t timeout_ms) SHMGR_MUST_CHECK;
/* condition.wait, as often as needed, until predicate() returns non-zero; it is called at once, and after each wait,
 * with the lock held. If it returns a negative number, that is returned. The timeout is for all waits together. Errors as
 * of shmgr_condition_wait(): -EAGAIN, -ETIMEDOUT, -EIDRM, -EPERM, -ENOENT, -EDEADLK,
 * -ENOTRECOVERABLE. */
int shmgr_condition_wait_for(shmgr_condition *condition, int (*predicate)(void *userdata),
                             void *userdata, int64_t timeout_ms) SHMGR_MUST_CHECK;
/* condition.notify, condition.notify_all: let up to n waiting calls, or all, continue when they get the lock, the
 * oldest first. Without waiting calls they do nothing. If a notified process dies before it continues, the next one is
 * notified. -EPERM: this thread does not own the lock. Also -ENOENT, -EINVAL. */
int shmgr_condition_notify(shmgr_condition *condition, int64_t n);
int shmgr_condition_notify_all(shmgr_condition *condition);
/* condition.locked, condition.owner, condition.recover: the same for the condition's lock as for an rlock. Errors: -ENOENT, -EINVAL. */
int shmgr_condition_locked(shmgr_condition *condition, int *ret_locked);
int shmgr_condition_owner(shmgr_condition *condition, struct json_object **ret_owner);
int shmgr_condition_recover(shmgr_condition *condition);

/* As shmgr_lock_guard(): acquires the lock, and releases it at the end of a scope. Errors: -EIDRM, -ENOENT, -EDEADLK,
 * -EOVERFLOW, -ENOTRECOVERABLE. */
shmgr_condition *shmgr_condition_guard(shmgr_condition *condition) SHMGR_MUST_CHECK;
void shmgr_condition_guardp(shmgr_condition **guard);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
