/* Time limits that follow the load of the machine, which driver.sh measures, like those of the test cases. */
#pragma once

#include <stdlib.h>

static inline int patience_ms(int ms_when_idle) {
        const char *load = getenv("SHMGR_TEST_LOAD");
        double times = load ? strtod(load, NULL) : 1;

        return times > 1 && times < 1000 ? (int)(ms_when_idle * times) : ms_when_idle;
}
