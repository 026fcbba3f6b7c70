/* Logs calls that delayed other clients. */
#pragma once

#include <stdint.h>

#include "core-limits.h"
#include "news-log.h"

/* Logs that n_lines, of which each is a call or a batch, took this long together. The line is the
 * last one of them, or NULL if that is gone. */
void slow_call_write(NewsLog *log, const Limits *limits, const Session *session, const char *line,
                     size_t n, unsigned n_lines, int64_t elapsed_ns);
