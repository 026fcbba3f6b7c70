/* The log. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "log.h"

const char *const log_level_names[] = {"error", "warning", "notice", "info", "debug", NULL};

static LogLevel max_level = LOG_LEVEL_INFO;
static bool has_priorities;

void log_set_level(LogLevel level) {
        max_level = level;
}

/* Whether stderr is the stream that $JOURNAL_STREAM names: it may have been given to something else since. */
static bool is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
               fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(void) {
        has_priorities = is_journal();
}

bool log_is_on(LogLevel level) {
        return level <= max_level;
}

void log_write(LogLevel level, const char *format, ...) {
        char text[LOG_LINE_MAX], harmless[LOG_LINE_MAX], line[LOG_LINE_MAX + 32];
        va_list args;
        size_t n_text;
        int n;

        if (!log_is_on(level))
                return;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        escape_text(harmless, sizeof(harmless), text, strlen(text), &n_text);
        if (has_priorities)
                n = snprintf(line, sizeof(line), "<%d>%s\n", level, harmless);
        else
                n = snprintf(line, sizeof(line), "shmgrd: %s: %s\n",
                             log_level_names[level - LOG_LEVEL_ERROR], harmless);
        /* One write a line; where stderr is gone, there is nobody to tell. */
        if (write(STDERR_FILENO, line, n) < 0)
                return;
}
