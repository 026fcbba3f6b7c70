/* event: a flag to wait for. Part of <shmgr/shmgr.h>. */
#ifndef SHMGR_EVENT_H
#define SHMGR_EVENT_H

#include <shmgr/shmgr.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

SHMGR_DECLARE_PROXY(event); /* options: none of its own */

/* event.set: sets the flag; all waiting calls continue. event.clear: clears it. */
int shmgr_event_set(shmgr_event *event);
int shmgr_event_clear(shmgr_event *event);
/* event.is_set: 0 or 1. */
int shmgr_event_is_set(shmgr_event *event, int *ret_set);
/* event.wait: waits until the flag is set. -EAGAIN, -ETIMEDOUT, -EIDRM. */
int shmgr_event_wait(shmgr_event *event, int64_t timeout_ms) SHMGR_MUST_CHECK;

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
