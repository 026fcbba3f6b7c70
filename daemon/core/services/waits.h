/* server.waits: who holds what, and who waits for whom. */
#pragma once

#include "call/method.h"

int server_waits(Call *call, Object *none);
int server_scan_waits(Call *call, Object *none);

extern const Arg scan_waits_args[];
WorkOf work_waits, work_scan_waits;
