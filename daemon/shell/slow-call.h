/* Logs calls that delayed other clients. */
#pragma once

#include <stdint.h>

#include "core-limits.h"
#include "news-log.h"

/* Logs that a line (one call, or a batch) took this long. */
void slow_call_write(NewsLog *log, const Limits *limits, const Session *session, const char *line,
                     size_t n, int64_t elapsed_ns);
