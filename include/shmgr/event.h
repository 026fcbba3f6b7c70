/* event: a flag that processes can wait for. Part of <shmgr/shmgr.h>. */
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

/* event.set: sets the flag; all waiting calls return. event.clear: clears the flag. */
int shmgr_event_set(shmgr_event *event);
int shmgr_event_clear(shmgr_event *event);
/* event.is_set: 1 if the flag is set, otherwise 0. */
int shmgr_event_is_set(shmgr_event *event, int *ret_set);
/* event.wait: blocks until the flag is set. -EAGAIN, -ETIMEDOUT; -EIDRM: the event was deleted. */
int shmgr_event_wait(shmgr_event *event, int64_t timeout_ms) SHMGR_MUST_CHECK;

#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
