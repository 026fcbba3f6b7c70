/* The log. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

const char *const log_level_names[] = {"error", "warning", "notice", "info", "debug", NULL};

static LogLevel max_level = LOG_LEVEL_INFO;

void log_set_level(LogLevel level) {
        max_level = level;
}

/* A client's text could pretend to be another line, or steer a terminal. */
static void make_harmless(char *line) {
        for (; *line; line++)
                if ((unsigned char)*line < 0x20 || *line == 0x7f)
                        *line = '?';
}

void log_write(LogLevel level, const char *format, ...) {
        char text[1024], line[1100];
        va_list args;
        int n;

        if (level > max_level)
                return;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        make_harmless(text);
        if (getenv("JOURNAL_STREAM"))
                n = snprintf(line, sizeof(line), "<%d>%s\n", level, text);
        else
                n = snprintf(line, sizeof(line), "shmgrd: %s: %s\n",
                             log_level_names[level - LOG_LEVEL_ERROR], text);
        /* One write a line; where stderr is gone, there is nobody to tell. */
        if (write(STDERR_FILENO, line, n) < 0)
                return;
}
