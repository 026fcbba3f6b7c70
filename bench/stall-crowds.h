/* Shapes of many objects, waits, handles and sessions. */
#pragma once

#include "stall-client.h"

void crowd_of_objects(Client *c);
void crowd_of_references(Client *c);
void crowd_of_acquirers(Client *c);
void crowd_of_any_waiters(Client *c);
void crowd_of_counter_waiters(Client *c);
void crowd_of_event_waiters(Client *c);
void crowd_of_condition_waiters(Client *c);
void crowd_of_handles(Client *c);
void crowd_of_connections(Client *c);
void crowd_of_deaf(Client *c);
