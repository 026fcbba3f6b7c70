/* server.scan_waits: lists holders and waiters page by page. */
#pragma once

#include "call/method.h"

int server_scan_waits(Call *call, Object *none);

extern const Arg scan_waits_args[];
WorkOf work_scan_waits;
