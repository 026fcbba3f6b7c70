/* Help about methods, made from their table. */
#pragma once

#include <json-c/json.h>

#include "discover.h"

/* Each prints to standard output. Returns 0 or -ENOMEM. */
int help_print_methods(struct json_object *methods);
int help_print_family(struct json_object *methods, const char *family);
int help_print_method(const MethodInfo *method);

/* Prints advice to a user who called this method by hand, on stderr. */
void help_hint(const char *method);
