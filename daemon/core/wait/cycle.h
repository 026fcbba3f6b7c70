/* Cycles of stuck sessions: finds one, and describes it. */
#pragma once

#include <stdbool.h>

typedef struct Call Call;
typedef struct Session Session;
typedef struct Stuck Stuck;
typedef struct Wait Wait;

/* Finds a shortest cycle through a stuck session. Session.found_to is then the session that keeps it, whose found_over is the
 * object by which it does. Returns false if no cycle exists. */
bool cycle_find(Stuck *stuck, Session *self);
/* Returns a session on some cycle to which this stuck session leads, or one that only itself keeps: then *ret_alone is set. */
Session *cycle_reach(Stuck *stuck, Session *session, bool *ret_alone);
/* Returns a session on the cycle that has died, or NULL. It releases its holds as soon as the core learns of its end. */
Session *cycle_find_dead(Session *self);
/* Returns the wait that is to end: the newest one, but a condition.wait only if the cycle has no other. */
Wait *cycle_find_victim(const Session *self);
/* Refuses the call, whose session is on the cycle, with EDEADLK and the cycle in its data. */
void cycle_refuse(Call *call);
