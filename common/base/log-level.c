/* Names of log levels. */
#include <stddef.h>

#include "base/log-level.h"

const char *const log_level_names[] = {"error", "warning", "notice", "info", "debug", NULL};
