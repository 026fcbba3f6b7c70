/* Colours, on terminals only. They are the eight of every terminal, so the colour scheme of the
 * user applies. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "color.h"

static enum { AUTO, ALWAYS, NEVER } when_on;

bool color_choose(const char *when) {
        static const char *const names[] = {
                [AUTO] = "auto", [ALWAYS] = "always", [NEVER] = "never"};

        for (int i = AUTO; i <= NEVER; i++)
                if (strcmp(when, names[i]) == 0) {
                        when_on = i;
                        return true;
                }
        return false;
}

static bool is_set(const char *variable) {
        const char *value = getenv(variable);

        return value && *value;
}

bool color_is_on(FILE *to) {
        const char *terminal = getenv("TERM");

        if (when_on != AUTO)
                return when_on == ALWAYS;
        return !is_set("NO_COLOR") && isatty(fileno(to)) && terminal &&
               strcmp(terminal, "dumb") != 0;
}

const char *color_begin(FILE *to, Color color) {
        static const char *const sequences[] = {
                [COLOR_NONE] = "",         [COLOR_HEAD] = "\033[1m", [COLOR_FAINT] = "\033[2m",
                [COLOR_GOOD] = "\033[32m", [COLOR_BAD] = "\033[31m", [COLOR_TYPE] = "\033[36m",
        };

        return color_is_on(to) ? sequences[color] : "";
}

const char *color_end(FILE *to, Color color) {
        return color != COLOR_NONE && color_is_on(to) ? "\033[0m" : "";
}
