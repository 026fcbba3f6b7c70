/* Reads and prints times. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "duration.h"

enum { MS = 1000, S = 1000 * MS };

/* Appends a time in two units: `unit` in seconds, and a smaller one of which `part` make up the
 * first. */
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

static const struct {
        const char *name;
        double ms;
} units[] = {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"min", 60e3}, {"h", 3600e3}, {"d", 86400e3}};

/* Returns the milliseconds of the unit at the beginning of text, and its length; 0 if the text
 * begins with no unit. */
static double unit_find(const char *text, size_t *ret_n) {
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");

        *ret_n = n;
        for (size_t i = 0; i < ELEMENTSOF(units); i++)
                if (strlen(units[i].name) == n && memcmp(units[i].name, text, n) == 0)
                        return units[i].ms;
        return 0;
}

/* Reads a number without a unit. */
static bool parse_bare(const char *text, double bare_ms, double *ret_ms) {
        char *end;

        if (strspn(text, "0123456789.") != strlen(text) || text[0] < '0' || text[0] > '9')
                return false;
        *ret_ms = strtod(text, &end) * bare_ms;
        return !*end && *ret_ms < 1e18;
}

bool duration_parse(const char *text, double bare_ms, double *ret_ms) {
        const char *at = text;
        double ms = 0;

        if (parse_bare(text, bare_ms, ret_ms))
                return true;
        while (*at) {
                size_t n_digits = strspn(at, "0123456789."), n_unit;
                double unit = unit_find(at + n_digits, &n_unit);
                char number[32], *end;
                if (at[0] < '0' || at[0] > '9' || unit == 0 || n_digits >= sizeof(number))
                        return false;
                snprintf(number, sizeof(number), "%.*s", (int)n_digits, at);
                ms += strtod(number, &end) * unit;
                if (*end)
                        return false;
                at += n_digits + n_unit;
        }
        *ret_ms = ms;
        return at > text && ms < 1e18;
}
