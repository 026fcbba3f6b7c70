/* The clocks of the system. */
#pragma once

#include <stdint.h>
#include <time.h>

int64_t clock_ns(clockid_t clock);
