/* The methods by name, gathered from the tables of types and services. */
#pragma once

#include <stddef.h>

#include "call/call.h"

enum { METHOD_NAME_MAX = 160 }; /* longer than any name */

/* Registers the methods of all types and services. Returns 0 or -ENOMEM. */
int methods_init(Core *core);
void methods_deinit(Core *core);
/* Finds a method by its name ("list.append"), by its name as an identifier ("list_append"), or by
 * an alias. Returns NULL if it does not exist. */
MethodRef *method_find(Core *core, const char *name, size_t n);
