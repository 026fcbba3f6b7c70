/* An item of a queue as a file that a command reads. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* Opens an empty file. Returns its descriptor, or a negative errno. */
int item_file_open(void);
/* Writes the item, and returns to the beginning of the file. A string is written as it is, unless
 * is_json; any other value as JSON. Returns 0 or a negative errno. */
int item_file_write(int fd, struct json_object *value, bool is_json, bool has_newline);
