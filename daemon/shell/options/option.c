/* Reads and writes values of each kind of option. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "base/log-level.h"
#include "base/macros.h"
#include "options/option.h"

typedef struct Unit {
        const char *name;
        uint64_t factor;
} Unit;

/* From the largest to the smallest; of two names for one unit, the first is printed. A number without a unit is bytes or,
 * as everywhere in the project, seconds. The units of times are those of shmgrctl. */
static const Unit byte_units[] = {
        {"T", 1ULL << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}, {0},
};
static const Unit time_units[] = {
        {"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"m", 60000},
        {"s", 1000},     {"ms", 1},      {"", 1000},     {0},
};
static const Unit no_units[] = {{"", 1}, {0}};

static const Unit *units_of(const Option *option) {
        return option->kind == OPTION_BYTES  ? byte_units
               : option->kind == OPTION_TIME ? time_units
                                             : no_units;
}

static int read_number(const Option *option, const char *text, int base, uint64_t *ret) {
        const Unit *unit = units_of(option);
        char *end;

        errno = 0;
        unsigned long long n = strtoull(text, &end, base);
        if (text[0] < '0' || text[0] > '9')
                return -EINVAL;
        while (unit->name && strcmp(end, unit->name) != 0)
                unit++;
        if (!unit->name)
                return -EINVAL;
        if (errno || n > option->maximum / unit->factor || n * unit->factor < option->minimum)
                return -ERANGE;
        *ret = n * unit->factor;
        return 0;
}

static int set_text(const Option *option, char **field, const char *text) {
        if (!*text && !(option->flags & OPTION_CAN_BE_EMPTY))
                return -EINVAL;
        char *copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 0;
}

static int set_level(LogLevel *field, const char *text) {
        for (int i = 0; log_level_names[i]; i++)
                if (strcmp(text, log_level_names[i]) == 0) {
                        *field = LOG_LEVEL_ERROR + i;
                        return 0;
                }
        return -EINVAL;
}

static int set_choice(bool *field, const char *text, const char *on, const char *off) {
        if (strcmp(text, on) != 0 && strcmp(text, off) != 0)
                return -EINVAL;
        *field = strcmp(text, on) == 0;
        return 0;
}

int option_set(const Option *option, void *options, const char *text) {
        void *field = (char *)options + option->offset;
        uint64_t n = 0;
        int r = 0;

        switch (option->kind) {
        case OPTION_FLAG:
                *(bool *)field = true;
                return 0;
        case OPTION_BOOL:
                return set_choice(field, text, "yes", "no");
        case OPTION_AUTO:
                return set_choice(field, text, "auto", "off");
        case OPTION_TEXT:
                return set_text(option, field, text);
        case OPTION_LEVEL:
                return set_level(field, text);
        case OPTION_MODE:
                r = read_number(option, text, 8, &n);
                if (r == 0)
                        *(mode_t *)field = n;
                return r;
        case OPTION_FD:
                r = read_number(option, text, 10, &n);
                if (r == 0)
                        *(int *)field = n;
                return r;
        case OPTION_COUNT:
        case OPTION_BYTES:
        case OPTION_TIME:
                return read_number(option, text, 10, field);
        }
        return -EINVAL;
}

void option_explain(const Option *option, const char *text, int r, OptionError *ret) {
        static const char *const nouns[] = {
                [OPTION_FLAG] = "a known word",
                [OPTION_BOOL] = "'yes' or 'no'",
                [OPTION_AUTO] = "'auto' or 'off'",
                [OPTION_TEXT] = "a value",
                [OPTION_MODE] = "an octal number",
                [OPTION_LEVEL] = "a level: error, warning, notice, info or debug",
                [OPTION_FD] = "a number",
                [OPTION_COUNT] = "a number",
                [OPTION_BYTES] = "a number of bytes, such as 65536, 64K or 16M",
                [OPTION_TIME] = "a time, such as 500ms, 30s or 5min",
        };
        char least[OPTION_VALUE_MAX], most[OPTION_VALUE_MAX];

        if (r == -ENOMEM) {
                snprintf(ret->text, sizeof(ret->text), "memory ran out");
        } else if (r == -ERANGE) {
                option_format_number(option, option->minimum, least);
                option_format_number(option, option->maximum, most);
                snprintf(ret->text, sizeof(ret->text), "%s: '%.100s' is not between %s and %s",
                         option->name, text, least, most);
        } else
                snprintf(ret->text, sizeof(ret->text), "%s: '%.100s' is not %s", option->name, text,
                         nouns[option->kind]);
}

void option_format_number(const Option *option, uint64_t n, char text[OPTION_VALUE_MAX]) {
        const Unit *unit = units_of(option);

        while (unit[1].name && (n < unit->factor || n % unit->factor))
                unit++;
        snprintf(text, OPTION_VALUE_MAX, option->kind == OPTION_MODE ? "%04llo%s" : "%llu%s",
                 (unsigned long long)(n / unit->factor), unit->name);
}

void option_format(const Option *option, const void *options, char text[OPTION_VALUE_MAX]) {
        const void *field = (const char *)options + option->offset;
        const char *s = "";

        switch (option->kind) {
        case OPTION_FLAG:
        case OPTION_FD:
                break;
        case OPTION_BOOL:
                s = *(const bool *)field ? "yes" : "no";
                break;
        case OPTION_AUTO:
                s = *(const bool *)field ? "auto" : "off";
                break;
        case OPTION_TEXT:
                s = *(char *const *)field ? *(char *const *)field : "";
                break;
        case OPTION_LEVEL:
                s = log_level_names[*(const LogLevel *)field - LOG_LEVEL_ERROR];
                break;
        case OPTION_MODE:
                option_format_number(option, *(const mode_t *)field, text);
                return;
        case OPTION_COUNT:
        case OPTION_BYTES:
        case OPTION_TIME:
                option_format_number(option, *(const uint64_t *)field, text);
                return;
        }
        snprintf(text, OPTION_VALUE_MAX, "%s", s);
}

static size_t field_size(const Option *option) {
        switch (option->kind) {
        case OPTION_FLAG:
        case OPTION_BOOL:
        case OPTION_AUTO:
                return sizeof(bool);
        case OPTION_TEXT:
                return sizeof(char *);
        case OPTION_MODE:
                return sizeof(mode_t);
        case OPTION_LEVEL:
                return sizeof(LogLevel);
        case OPTION_FD:
                return sizeof(int);
        case OPTION_COUNT:
        case OPTION_BYTES:
        case OPTION_TIME:
                return sizeof(uint64_t);
        }
        return 0;
}

bool option_differs(const Option *option, const void *a, const void *b) {
        const void *at_a = (const char *)a + option->offset,
                   *at_b = (const char *)b + option->offset;

        if (option->kind != OPTION_TEXT)
                return memcmp(at_a, at_b, field_size(option)) != 0;
        const char *text_a = *(char *const *)at_a, *text_b = *(char *const *)at_b;
        return text_a && text_b ? strcmp(text_a, text_b) != 0 : text_a != text_b;
}

void option_swap(const Option *option, void *a, void *b) {
        void *at_a = (char *)a + option->offset, *at_b = (char *)b + option->offset;
        char saved[sizeof(uint64_t)];
        size_t n = field_size(option);

        memcpy(saved, at_a, n);
        memcpy(at_a, at_b, n);
        memcpy(at_b, saved, n);
}
