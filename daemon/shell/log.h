/* The log: lines on stderr or in a file, with the journal's priorities when it is the reader, and with the date in a regular
 * file. No line blocks: a line that cannot be written is lost, and counted in the next line that can. */
#pragma once

#include <stdbool.h>

#include "base/log-level.h"
#include "base/macros.h"

enum { LOG_LINE_MAX = 1024, LOG_DATE_MAX = 64 };

/* Finds out whether the journal reads stderr. */
void log_init(void);
/* Writes to this file from now on, opened anew also when it is the same path; NULL for stderr. 0, or a negative errno:
 * then everything stays as it was. This takes a descriptor: call it when those that the daemon was passed are known. */
int log_open(const char *path);
/* Closes what log_open() has opened. Later lines go to stderr. */
void log_deinit(void);
/* Messages less urgent than this are not written. */
void log_set_level(LogLevel level);
bool log_is_on(LogLevel level);
/* Logs one line, cut if it is too long. Control characters, which clients may have put into it, are escaped. */
void log_write(LogLevel level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
