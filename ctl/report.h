/* Prints the daemon's answers about itself and its objects, for people. */
#pragma once

#include <json-c/json.h>

/* Prints the result of a method that has no object: 0, or -ENOMEM. */
int report_print(struct json_object *value);
