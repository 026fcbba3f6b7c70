/* server.scan_waits: who holds what, and who waits for whom, a page at a time. */
#pragma once

#include "call/method.h"

int server_scan_waits(Call *call, Object *none);

extern const Arg scan_waits_args[];
WorkOf work_scan_waits;
