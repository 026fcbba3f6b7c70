/* server.restart: sessions that asked for a restart, and wait for its result. The core only
 * keeps their calls: the shell restarts the daemon (core.h), and the next daemon replies, since
 * the calls are in the snapshot. Such a call is in no queue, so it cannot be cancelled, and has
 * no timeout. */
#pragma once

#include <stdint.h>

#include "call/method.h"

typedef struct Core Core;
typedef struct Session Session;

int server_restart(Call *call, Object *none);
/* Drops the call of a session that no longer reads. */
void restart_forget(Session *session);
/* Refuses the call of a session that has half-closed. */
void restart_cancel(Session *session);
/* For core.h: replies to all of these calls. */
void restarts_note(Core *core, int64_t pause_ns);
void restarts_refuse(Core *core, int error, const char *why);
/* For snapshots: restores a call with an id, which the session then owns. */
void restart_restore(Call *call);
