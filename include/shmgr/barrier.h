/* barrier: so many parties wait for each other. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_BARRIER_H
#define SHMGR_BARRIER_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: parties, which a new one needs.
 *
 * It breaks for all who wait when one of them gives up: its time is over, it is interrupted, it dies. Then
 * all get -EPIPE, and so do all who come, until it is reset. */
SHMGR_DECLARE_PROXY(barrier);

/* barrier.wait: until all are there. ret_index (may be NULL) gets a number from 0 that no other party of
 * the same round has. -EPIPE: it is broken (error data "why": "died", "timeout", "cancelled", "abort" or
 * "reset", and "by": {pid, uid, comm, session}); -ETIMEDOUT: this call broke it; -EAGAIN: it would have to wait, and
 * does not count; -EIDRM. */
int shmgr_barrier_wait(shmgr_barrier *barrier, int64_t timeout_ms,
                       int64_t *ret_index) SHMGR_MUST_CHECK;
/* barrier.reset: begins anew, unbroken; those who wait get -EPIPE. barrier.abort: breaks it. */
int shmgr_barrier_reset(shmgr_barrier *barrier);
int shmgr_barrier_abort(shmgr_barrier *barrier);
/* barrier.parties, barrier.waiting: how many there must be, and are. barrier.broken: 0 or 1. */
int shmgr_barrier_parties(shmgr_barrier *barrier, int64_t *ret_parties);
int shmgr_barrier_waiting(shmgr_barrier *barrier, int64_t *ret_waiting);
int shmgr_barrier_broken(shmgr_barrier *barrier, int *ret_broken);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
