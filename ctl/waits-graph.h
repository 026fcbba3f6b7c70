/* Prints server.waits in the language of Graphviz. */
#pragma once

#include <json-c/json.h>

/* Prints to standard output. Returns 0, or -ENOMEM or -EINVAL with nothing printed. */
int waits_graph_print(struct json_object *waits);
