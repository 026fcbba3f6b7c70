/* server.restart: sessions that asked for a restart, and wait to be told how it went. The core only keeps their calls: the shell
 * restarts the daemon (core.h), and the next daemon answers, for the calls are in the snapshot. Such a call stands in no
 * queue, so it cannot be cancelled, and has no timeout. */
#pragma once

#include <stdint.h>

#include "call/method.h"

typedef struct Core Core;
typedef struct Session Session;

int server_restart(Call *call, Object *none);
/* The session reads no more: its call is gone. */
void restart_forget(Session *session);
/* The session asks for nothing more: its call is refused. */
void restart_cancel(Session *session);
/* For core.h: answers all of them. */
void restarts_note(Core *core, int64_t pause_ns);
void restarts_refuse(Core *core, int error, const char *why);
/* For snapshots: a call with an id, which the session takes over. */
void restart_restore(Call *call);
