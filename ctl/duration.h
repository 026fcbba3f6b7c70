/* Times, for people. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* Each appends and answers 0 or -ENOMEM. */

/* "850 us", "12 ms", "3.4 s", "12 min 5 s", "5 h 3 min", "3 d 2 h". */
int duration_append(Buffer *b, int64_t us);
/* "1500ms", "1.5s", "90min", "1h30m": numbers with a unit behind each: ms, s, m or min, h, d. False when it is something
 * else. */
bool duration_parse(const char *text, double *ret_ms);
/* A point in time, in milliseconds since the epoch, as local time: "2026-11-25 09:27:05". */
int duration_append_date(Buffer *b, int64_t ms);
