/* The log: lines on stderr or in a file. Lines have the journal's priority prefix if it reads them,
 * and the date in a regular file. Writing never blocks: a line that cannot be written is lost, and
 * the next line that can be written reports the count. */
#pragma once

#include <stdbool.h>

#include "base/log-level.h"
#include "base/macros.h"

enum { LOG_LINE_MAX = 1024, LOG_DATE_MAX = 64 };

/* Checks whether the journal reads stderr. */
void log_init(void);
/* Writes to this file from now on; NULL: to stderr. The file is opened again even if the path is
 * unchanged. Returns 0, or a negative errno with the log unchanged. The file takes a descriptor,
 * so call this only when the passed descriptors are known. */
int log_open(const char *path);
/* Closes the file of log_open(). Later lines go to stderr. */
void log_deinit(void);
/* Sets the least urgent level that is written. */
void log_set_level(LogLevel level);
bool log_is_on(LogLevel level);
/* Logs one line, cut if it is too long. Control characters, which may come from clients, are
 * escaped. */
void log_write(LogLevel level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
