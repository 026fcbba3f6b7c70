/* semaphore: a number of permits. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_SEMAPHORE_H
#define SHMGR_SEMAPHORE_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: value (how many permits, 1 by default), bounded (more than value is an error) and owned (permits
 * belong to the thread that took them, and come back when it ends).
 *
 * Calls are served in their order: a call for many permits is not overtaken by calls for few. */
SHMGR_DECLARE_PROXY(semaphore);

/* semaphore.acquire: waits for n permits and takes them at once. -EAGAIN, -ETIMEDOUT, -EIDRM; -EINVAL: n is
 * less than 1, or more than there can ever be; -EDEADLK: with owned, the wait would never end (error data
 * "cycle"). */
int shmgr_semaphore_acquire(shmgr_semaphore *semaphore, int64_t n,
                            int64_t timeout_ms) SHMGR_MUST_CHECK;
/* semaphore.release: releases n permits. -EOVERFLOW: with bounded, released more often than acquired; -EPERM: with
 * owned, this thread has fewer. Also -EINVAL. */
int shmgr_semaphore_release(shmgr_semaphore *semaphore, int64_t n);
/* semaphore.value: the number of free permits. */
int shmgr_semaphore_value(shmgr_semaphore *semaphore, int64_t *ret_value);

/* As shmgr_lock_guard(), with one permit, which is released at the end of a scope. Errors: -EIDRM, -EDEADLK. */
shmgr_semaphore *shmgr_semaphore_guard(shmgr_semaphore *semaphore) SHMGR_MUST_CHECK;
void shmgr_semaphore_guardp(shmgr_semaphore **guard);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
