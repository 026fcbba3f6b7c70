/* Cycles of stuck sessions: finding one, and telling it. */
#pragma once

#include <stdbool.h>

typedef struct Call Call;
typedef struct Session Session;
typedef struct Stuck Stuck;
typedef struct Wait Wait;

/* A shortest cycle through a stuck session, in Session.found_to: each session has there the one that keeps it, and that
 * one in found_over the object by which it does. False when there is none. */
bool cycle_find(Stuck *stuck, Session *self);
/* A session on some cycle to which this stuck one leads. Or one that only itself keeps; then ret_alone is set. */
Session *cycle_reach(Stuck *stuck, Session *session, bool *ret_alone);
/* A session on the cycle that has died, or NULL: it lets go as soon as its end is told. */
Session *cycle_find_dead(Session *self);
/* The wait that is to end: the newest, but any before one that comes back with a lock. */
Wait *cycle_find_victim(const Session *self);
/* Refuses the call, whose session is on the cycle, with EDEADLK and the cycle in its data. */
void cycle_refuse(Call *call);
