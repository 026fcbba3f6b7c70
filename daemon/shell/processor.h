/* The processor time available to this process. */
#pragma once

#include <stdbool.h>

/* Returns whether the daemon may spin without taking time from other processes: it may use more
 * than one processor, and none of its control groups has a bound (cpu.max, or cpu.cfs_quota_us in
 * version 1). */
bool processor_is_free(void);
/* The part for control groups: `groups` is the text of /proc/self/cgroup, `mount` the path where
 * control groups are mounted. */
bool processor_is_bounded(const char *groups, const char *mount);
