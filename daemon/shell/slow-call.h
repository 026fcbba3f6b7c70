/* Logs calls that delayed all others. */
#pragma once

#include <stdint.h>

#include "core-limits.h"
#include "news-log.h"

/* Writes that a line (one call, or a batch) ran for so long. */
void slow_call_write(NewsLog *log, const Limits *limits, const Session *session, const char *line,
                     size_t n, int64_t elapsed_ns);
