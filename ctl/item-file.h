/* An item of a queue as a file that a command reads. */
#pragma once

#include <stdbool.h>

#include <json-c/json.h>

/* An empty file: its descriptor, or a negative errno. */
int item_file_open(void);
/* Writes the item, and goes back to the beginning: a string as it stands, anything else as JSON; a string as well where
 * is_json. 0 or a negative errno. */
int item_file_write(int fd, struct json_object *value, bool is_json, bool has_newline);
