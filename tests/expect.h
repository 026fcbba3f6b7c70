/* The shortest assertion. */
#pragma once

#include <check.h>

#define EXPECT(condition)                                                                          \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        ck_abort_msg("not so: %s", #condition);                                    \
        } while (0)
