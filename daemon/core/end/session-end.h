/* The end of sessions: what one that has ended (session.h) had is given back, in slices where it is much. */
#pragma once

typedef struct Core Core;
typedef struct Session Session;

/* The end of a session, for whatever reason: its waits leave their queues, what it holds goes by
 * its policy, its handles are given back, and those who can go on now are served. Takes NULL.
 * No call may be running. */
Session *session_end(Session *session);

/* Goes on with the sessions in Core.gone as far as the allowance goes (work.h), and frees those that have nothing
 * left. */
void sessions_give_back(Core *core);
