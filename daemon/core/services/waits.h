/* server.waits: lists holders and waiters. */
#pragma once

#include "call/method.h"

int server_waits(Call *call, Object *none);

WorkOf work_waits;
