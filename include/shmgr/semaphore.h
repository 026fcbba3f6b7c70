/* semaphore: a number of permits, which threads acquire and release. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_SEMAPHORE_H
#define SHMGR_SEMAPHORE_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: value (the number of permits, 1 by default), bounded (true: a release beyond value is an error) and owned
 * (true: permits belong to the thread that acquired them, and return when it ends).
 *
 * Calls are served in their order: a call for few permits does not overtake an earlier call for many. */
SHMGR_DECLARE_PROXY(semaphore);

/* semaphore.acquire: blocks until n permits are free, and acquires them together. -EAGAIN, -ETIMEDOUT, -EIDRM;
 * -EINVAL: n is less than 1 or, with bounded or owned, more than the semaphore can ever have; -EDEADLK: with owned,
 * the wait would never end (error data "cycle"). */
int shmgr_semaphore_acquire(shmgr_semaphore *semaphore, int64_t n,
                            int64_t timeout_ms) SHMGR_MUST_CHECK;
/* semaphore.release: releases n permits. -EOVERFLOW: with bounded, more permits than value would be free; -EPERM:
 * with owned, this thread has fewer than n. Also -EINVAL. */
int shmgr_semaphore_release(shmgr_semaphore *semaphore, int64_t n);
/* semaphore.value: the number of free permits. */
int shmgr_semaphore_value(shmgr_semaphore *semaphore, int64_t *ret_value);

/* semaphore.acquire of one permit and, at the end of a scope, semaphore.release, as with shmgr_lock_guard(). Errors:
 * -EIDRM, -EDEADLK. */
shmgr_semaphore *shmgr_semaphore_guard(shmgr_semaphore *semaphore) SHMGR_MUST_CHECK;
void shmgr_semaphore_guardp(shmgr_semaphore **guard);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
