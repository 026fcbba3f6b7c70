/* server.monitor. */
#pragma once

#include "call/method.h"

extern const Arg monitor_args[];

int server_monitor(Call *call, Object *none);
