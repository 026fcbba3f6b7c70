/* The numbers of server.stats as OpenMetrics text. */
#pragma once

#include <json-c/json.h>

#include "base/buffer.h"

/* Appends all of it, up to the line that ends it: 0 or -ENOMEM. stats NULL: the daemon did not answer. */
int metrics_write(Buffer *b, struct json_object *stats, const char *version);
