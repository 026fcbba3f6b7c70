/* An item of a queue as a file that a command can read. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* A descriptor at the beginning of a file in memory, which the caller closes; or negative errno. A string is
 * its bytes, unless it shall be JSON, as everything else is. */
int item_file_open(struct json_object *value, bool is_json, bool has_newline);
