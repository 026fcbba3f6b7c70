/* An assertion for loops: ck_assert() notes each line that it passes in a pipe, which costs a
 * system call; this one costs a comparison. */
#pragma once

#include <check.h>

#define EXPECT(condition)                                                                          \
        do {                                                                                       \
                if (!(condition))                                                                  \
                        ck_abort_msg("not so: %s", #condition);                                    \
        } while (0)
