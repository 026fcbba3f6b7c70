/* Counts lines of the log. */
#include <stdlib.h>

#include "log-limit.h"

typedef struct Key {
        int kind;
        uid_t uid;
} Key;

static LogCount *count_find(const LogLimit *limit, int kind, uid_t uid) {
        const Key key = {.kind = kind, .uid = uid};

        return table_get(&limit->counts, &key, sizeof(key));
}

/* Returns NULL if memory ran out, or if too many counts exist. */
static LogCount *count_new(LogLimit *limit, int kind, uid_t uid, int64_t now_ns) {
        const Key key = {.kind = kind, .uid = uid};
        LogCount *count = calloc(1, sizeof(*count));

        if (!count)
                return NULL;
        *count = (LogCount){.kind = kind, .uid = uid, .since_ns = now_ns};
        if (table_add(&limit->counts, &key, sizeof(key), count) == 0)
                return count;
        free(count);
        return NULL;
}

static LogCount *count_get(LogLimit *limit, int kind, uid_t uid, int64_t now_ns) {
        LogCount *count = count_find(limit, kind, uid);

        if (count)
                return count;
        if (uid != LOG_LIMIT_OTHERS && table_size(&limit->counts) >= LOG_LIMIT_COUNTS_MAX)
                return count_get(limit, kind, LOG_LIMIT_OTHERS, now_ns);
        return count_new(limit, kind, uid, now_ns);
}

bool log_limit_allows(LogLimit *limit, int kind, uid_t uid, int64_t now_ns, uint64_t burst) {
        LogCount *count = count_get(limit, kind, uid, now_ns);

        if (!count)
                return false;
        if (count->n_written >= burst) {
                count->n_suppressed++;
                return false;
        }
        count->n_written++;
        return true;
}

void log_limit_expire(LogLimit *limit, int64_t before_ns, LogSuppressed on_suppressed,
                      void *userdata) {
        for (TableEntry *entry = table_first(&limit->counts); entry;) {
                LogCount *count = entry->value;
                uint64_t serial = entry->serial;
                if (count->since_ns < before_ns) {
                        if (count->n_suppressed)
                                on_suppressed(userdata, count);
                        free(table_remove_entry(&limit->counts, entry));
                }
                entry = table_after(&limit->counts, serial);
        }
}

static void say_nothing(void *userdata, const LogCount *count) {
}

void log_limit_deinit(LogLimit *limit) {
        log_limit_expire(limit, INT64_MAX, say_nothing, NULL);
        table_deinit(&limit->counts);
}
