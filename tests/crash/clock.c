/* The clock of tests/crash/shmgrd-crash, in place of daemon/shell/clock.c: the wall clock is wrong by SHMGRD_CRASH_CLOCK seconds. */
#include <stdlib.h>
#include <time.h>

#include "clock.h"

int64_t clock_ns(clockid_t clock) {
        const char *seconds = getenv("SHMGRD_CRASH_CLOCK");
        struct timespec now;

        clock_gettime(clock, &now);
        if (seconds && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
                now.tv_sec += atoll(seconds);
        return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}
