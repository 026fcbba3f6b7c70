/* The processor time that this process may have. */
#pragma once

#include <stdbool.h>

/* Whether time that is spent waiting is nobody else's: there is more than one processor for this process, and no control group
 * that it is in has a bound (cpu.max, or cpu.cfs_quota_us of the first version). */
bool processor_is_free(void);
/* The second half of it: `groups` is what /proc/self/cgroup holds, `mount` where control groups are mounted. */
bool processor_is_bounded(const char *groups, const char *mount);
