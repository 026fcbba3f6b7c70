/* The methods by name, gathered from the tables of types and services. */
#pragma once

#include <stddef.h>

#include "call/call.h"

enum { METHOD_NAME_MAX = 160 }; /* more than any has */

/* Registers the methods of all types and services: 0 or -ENOMEM. */
int methods_init(Core *core);
void methods_deinit(Core *core);
/* By its name ("list.append"), by its name as an identifier ("list_append"), or by an alias; NULL when there is none. */
MethodRef *method_find(Core *core, const char *name, size_t n);
