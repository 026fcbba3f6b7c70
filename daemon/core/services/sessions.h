/* server.sessions and session.kill. */
#pragma once

#include "call/method.h"

int server_sessions(Call *call, Object *none);
int session_kill(Call *call, Object *none);

extern const Arg sessions_args[], session_kill_args[];
WorkOf work_sessions;
