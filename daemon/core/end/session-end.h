/* The end of sessions: everything that an ended session (session.h) had is released, in slices if
 * it is much. */
#pragma once

typedef struct Core Core;
typedef struct Session Session;

/* Ends a session, for any reason: its waits leave their queues, its holds are released by the
 * policy of their objects, its handles are closed, and waiters that can continue are served. Takes
 * NULL. No call may be running. */
Session *session_end(Session *session);

/* Continues with the sessions in Core.gone as far as the allowance goes (work.h), and frees those
 * that have nothing left. */
void sessions_give_back(Core *core);
