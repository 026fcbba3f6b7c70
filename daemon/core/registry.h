/* The one name space: objects by name, from birth to doom. end/ frees them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "call/method.h"
#include "type.h"

typedef struct Core Core;
typedef struct Session Session;

/* NULL when there is none. */
Object *object_find(Core *core, const char *name, size_t n);
/* Takes the object out of the registry and marks it: it ends when no call runs any more, and stays
 * valid until then. Idempotent. */
void object_doom(Object *object);
/* Hands it to another owner. 0 or -ENOMEM. */
int object_set_owner(Object *object, uid_t uid, gid_t gid);
