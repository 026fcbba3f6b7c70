/* Times, for people. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* Each appends and returns 0 or -ENOMEM. */

/* "850 us", "12 ms", "3.4 s", "12 min 5 s", "5 h 3 min", "3 d 2 h". */
int duration_append(Buffer *b, int64_t us);
enum { DURATION_SECONDS = 1000, DURATION_MS = 1 }; /* the unit of a number that has none, in ms */

/* "1500ms", "1.5s", "90min", "1h30m": numbers, each with a unit: ms, s, m or min, h, d. A number alone has the unit bare_ms:
 * seconds, but milliseconds where a name says so, such as --timeout_ms. False for any other text. */
bool duration_parse(const char *text, double bare_ms, double *ret_ms);
/* The words of a message for the expected form. */
#define DURATION_EXPECTED "a time such as 30s, 500ms or 1h30m (a number alone is seconds)"
/* A point in time, in milliseconds since the epoch, as local time: "2026-11-25 09:27:05". */
int duration_append_date(Buffer *b, int64_t ms);
