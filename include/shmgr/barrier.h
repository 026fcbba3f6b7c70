/* barrier: blocks callers until N parties have arrived. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_BARRIER_H
#define SHMGR_BARRIER_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* options: parties (the number of parties), required for a new barrier.
 *
 * The barrier breaks when a waiting party gives up: its timeout expires, it is interrupted, or it dies. Then all
 * waiting calls and all later ones get -EPIPE, until the barrier is reset. */
SHMGR_DECLARE_PROXY(barrier);

/* barrier.wait: blocks until all parties have arrived. ret_index (may be NULL) receives a number from 0 on that no
 * other party of the same round has. -EPIPE: the barrier is broken (error data "why": "died", "timeout", "cancelled",
 * "abort" or "reset", and "by": {pid, uid, comm, session}); -ETIMEDOUT: the timeout of this call expired, which broke
 * the barrier; -EAGAIN: the call would block, and does not count as an arrival; -EIDRM: the barrier was deleted. */
int shmgr_barrier_wait(shmgr_barrier *barrier, int64_t timeout_ms,
                       int64_t *ret_index) SHMGR_MUST_CHECK;
/* barrier.reset: makes the barrier empty and unbroken; waiting calls get -EPIPE. barrier.abort: breaks the
 * barrier. */
int shmgr_barrier_reset(shmgr_barrier *barrier);
int shmgr_barrier_abort(shmgr_barrier *barrier);
/* barrier.parties: the number of parties. barrier.waiting: the number of waiting parties. barrier.broken: 0 or 1. */
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
