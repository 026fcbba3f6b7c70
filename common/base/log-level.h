/* The urgency of a line of the log. */
#pragma once

/* The numbers are those of syslog(3). */
typedef enum LogLevel {
        LOG_LEVEL_ERROR = 3,
        LOG_LEVEL_WARNING = 4,
        LOG_LEVEL_NOTICE = 5,
        LOG_LEVEL_INFO = 6,
        LOG_LEVEL_DEBUG = 7,
} LogLevel;

/* "error" to "debug", in that order; NULL-terminated. */
extern const char *const log_level_names[];
