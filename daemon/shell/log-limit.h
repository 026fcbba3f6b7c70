/* Bounds the log: so many lines of one kind about one user in an interval. Lines above the bound are counted, and
 * the count is logged. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/table.h"

/* When there are so many counts, all further users are counted as one. */
enum { LOG_LIMIT_COUNTS_MAX = 256 };
#define LOG_LIMIT_OTHERS ((uid_t)-1)

/* Of lines of one kind about one user. */
typedef struct LogCount {
        int kind;
        uid_t uid; /* LOG_LIMIT_OTHERS for all who are not counted by themselves */
        int64_t since_ns;
        uint64_t n_written, n_suppressed;
} LogCount;

typedef struct LogLimit {
        Table counts;
} LogLimit;

/* Called with a count whose time is over, and something was suppressed. */
typedef void (*LogSuppressed)(void *userdata, const LogCount *count);

void log_limit_deinit(LogLimit *limit);
/* Whether one more line is to be written; if not, it is counted. */
bool log_limit_allows(LogLimit *limit, int kind, uid_t uid, int64_t now_ns, uint64_t burst);
/* Tells of those counts that began before, and forgets them: their users may begin anew. */
void log_limit_expire(LogLimit *limit, int64_t before_ns, LogSuppressed on_suppressed,
                      void *userdata);
