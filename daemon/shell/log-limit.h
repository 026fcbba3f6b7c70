/* Bounds the log: at most `burst` lines of one kind about one user in an interval. Lines above the
 * bound are counted, and the count is logged. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/table.h"

/* Above this number of counts, all further users share one. */
enum { LOG_LIMIT_COUNTS_MAX = 256 };
#define LOG_LIMIT_OTHERS ((uid_t)-1)

/* The count of one kind about one user. */
typedef struct LogCount {
        int kind;
        uid_t uid; /* LOG_LIMIT_OTHERS for users without their own count */
        int64_t since_ns;
        uint64_t n_written, n_suppressed;
} LogCount;

typedef struct LogLimit {
        Table counts;
} LogLimit;

/* Called with a count that suppressed lines, when its interval is over. */
typedef void (*LogSuppressed)(void *userdata, const LogCount *count);

void log_limit_deinit(LogLimit *limit);
/* Returns whether one more line may be written. If not, counts it. */
bool log_limit_allows(LogLimit *limit, int kind, uid_t uid, int64_t now_ns, uint64_t burst);
/* Reports and removes the counts that began before a time. */
void log_limit_expire(LogLimit *limit, int64_t before_ns, LogSuppressed on_suppressed,
                      void *userdata);
