/* Shapes of several users at once. */
#pragma once

#include "stall-client.h"

void users_at_once(Client *c);
