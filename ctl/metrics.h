/* Prints the numbers of server.stats as OpenMetrics text. */
#pragma once

#include <json-c/json.h>

#include "base/buffer.h"

/* Appends all families and the final line. stats is NULL if the daemon did not reply. Returns 0 or
 * -ENOMEM. */
int metrics_write(Buffer *b, struct json_object *stats, const char *version);
