/* server.waits: who holds what, and who waits for whom. */
#pragma once

#include "call/method.h"

int server_waits(Call *call, Object *none);

WorkOf work_waits;
