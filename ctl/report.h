/* Prints replies of the daemon about itself and its objects. */
#pragma once

#include <json-c/json.h>

/* Prints the result of a method without an object. Returns 0 or -ENOMEM. */
int report_print(struct json_object *value);
