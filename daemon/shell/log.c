/* The log. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "log-sink.h"
#include "log.h"

static LogLevel max_level = LOG_LEVEL_INFO;
static bool has_priorities;
static LogSink sink = {.fd = STDERR_FILENO, .kind = LOG_SINK_STREAM};
static unsigned long long n_lost;
static int lost_errno; /* errno of the last lost line */

void log_set_level(LogLevel level) {
        max_level = level;
}

/* Returns whether stderr is the stream of $JOURNAL_STREAM; the variable may be inherited and stderr
 * redirected since. */
static bool is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
               fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_init(void) {
        log_sink_init(&sink, STDERR_FILENO);
        has_priorities = is_journal();
}

int log_open(const char *path) {
        LogSink fresh;

        if (path) {
                int r = log_sink_open(&fresh, path);
                if (r < 0)
                        return r;
        } else {
                log_sink_init(&fresh, STDERR_FILENO);
                log_sink_own(&fresh);
        }
        log_sink_deinit(&sink);
        sink = fresh;
        has_priorities = !path && is_journal();
        return 0;
}

void log_deinit(void) {
        log_sink_deinit(&sink);
        log_init();
}

bool log_is_on(LogLevel level) {
        return level <= max_level;
}

/* The date in UTC, as in 2026-11-27T14:05:09.123Z. A file needs it, since no journal adds the
 * time. */
static void format_date(char date[LOG_DATE_MAX]) {
        char seconds[LOG_DATE_MAX / 2] = "";
        struct timespec now;
        struct tm tm;

        date[0] = '\0';
        clock_gettime(CLOCK_REALTIME, &now);
        if (gmtime_r(&now.tv_sec, &tm) && strftime(seconds, sizeof(seconds), "%FT%T", &tm) > 0)
                snprintf(date, LOG_DATE_MAX, "%s.%03dZ ", seconds, (int)(now.tv_nsec / 1000000));
}

static int write_line(LogLevel level, const char *text) {
        char line[LOG_LINE_MAX + LOG_DATE_MAX + 32], date[LOG_DATE_MAX] = "";
        int n;

        if (sink.kind == LOG_SINK_FILE)
                format_date(date);
        if (has_priorities)
                n = snprintf(line, sizeof(line), "<%d>%s\n", level, text);
        else
                n = snprintf(line, sizeof(line), "%sshmgrd: %s: %s\n", date,
                             log_level_names[level - LOG_LEVEL_ERROR], text);
        return log_sink_write(&sink, line, (size_t)n);
}

/* Writes how many lines were lost, before the next line. If this fails, that line is lost, too. */
static int write_lost(void) {
        char text[128];

        if (n_lost == 0)
                return 0;
        snprintf(text, sizeof(text), "%llu log lines were lost: %s", n_lost,
                 lost_errno == EAGAIN ? "the log was not read fast enough" : strerror(lost_errno));
        int r = write_line(LOG_LEVEL_WARNING, text);
        if (r == 0)
                n_lost = 0;
        return r;
}

void log_write(LogLevel level, const char *format, ...) {
        char text[LOG_LINE_MAX], harmless[LOG_LINE_MAX];
        int saved_errno = errno;
        va_list args;
        size_t n_text;

        if (!log_is_on(level))
                return;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        escape_text(harmless, sizeof(harmless), text, strlen(text), &n_text);
        int r = write_lost();
        if (r == 0)
                r = write_line(level, harmless);
        if (r < 0) {
                n_lost++;
                lost_errno = -r;
        }
        errno = saved_errno;
}
