/* Prints server.waits as a table. */
#pragma once

#include <json-c/json.h>

/* Prints to standard output. Returns 0, or -ENOMEM or -EINVAL with nothing printed. */
int waits_table_print(struct json_object *waits);
