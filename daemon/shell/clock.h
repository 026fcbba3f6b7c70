/* The clocks of the system. */
#pragma once

#include <stdint.h>
#include <time.h>

/* Nanoseconds on this clock. */
typedef int64_t Clock(clockid_t clock);

int64_t clock_ns(clockid_t clock);
