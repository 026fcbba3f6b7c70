/* Reads and prints times. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* Appends a time such as "850 us", "12 ms", "3.4 s", "12 min 5 s", "5 h 3 min" or "3 d 2 h".
 * Returns 0 or -ENOMEM. */

int duration_append(Buffer *b, int64_t us);
/* milliseconds of the unit that a bare number has */
enum { DURATION_SECONDS = 1000, DURATION_MS = 1 };

/* Reads numbers, each with a unit (ms, s, m or min, h, d): "1500ms", "1.5s", "90min", "1h30m". The
 * unit of a bare number is bare_ms: seconds, or milliseconds for a name that says so, such as
 * --timeout_ms. Returns false for any other text. */
bool duration_parse(const char *text, double bare_ms, double *ret_ms);
/* The expected form, for error messages. */
#define DURATION_EXPECTED "a time such as 30s, 500ms or 1h30m (a number alone is seconds)"
/* Appends a point in time (in ms since the epoch) as local time: "2026-11-25 09:27:05". Returns 0
 * or -ENOMEM. */
int duration_append_date(Buffer *b, int64_t ms);
