/* Times, for people. */
#include <time.h>

#include "duration.h"

enum { MS = 1000, S = 1000 * MS };

/* Two units, of which the first is this many seconds and the second so many of them are one of it. */
static int append_pair(Buffer *b, int64_t s, int64_t unit, const char *name, int64_t part,
                       const char *part_name) {
        int64_t n_parts = s % unit / part;

        if (n_parts == 0)
                return buffer_append_format(b, "%lld %s", (long long)(s / unit), name);
        return buffer_append_format(b, "%lld %s %lld %s", (long long)(s / unit), name,
                                    (long long)n_parts, part_name);
}

int duration_append(Buffer *b, int64_t us) {
        int64_t s = us / S;

        if (us < MS)
                return buffer_append_format(b, "%lld us", (long long)us);
        if (us < S)
                return buffer_append_format(b, "%lld ms", (long long)(us / MS));
        if (s < 60)
                return buffer_append_format(b, "%lld.%lld s", (long long)s,
                                            (long long)(us % S / (S / 10)));
        if (s < 3600)
                return append_pair(b, s, 60, "min", 1, "s");
        if (s < 24 * 3600)
                return append_pair(b, s, 3600, "h", 60, "min");
        return append_pair(b, s, 24 * 3600, "d", 3600, "h");
}

int duration_append_date(Buffer *b, int64_t ms) {
        time_t at = (time_t)(ms / 1000);
        char text[32];
        struct tm tm;

        if (!localtime_r(&at, &tm) || strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
                return buffer_append_format(b, "%lld ms", (long long)ms);
        return buffer_append_string(b, text);
}
