/* The one name space: objects by name, from birth to doom. end/ frees them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "call/method.h"
#include "type.h"

typedef struct Core Core;
typedef struct Session Session;

/* The object of this name, or NULL. */
Object *object_find(Core *core, const char *name, size_t n);
/* Dooms the object: takes it out of the registry and marks it. It stays valid until no call runs, and ends then.
 * Idempotent. */
void object_doom(Object *object);
/* Hands it to another owner. 0 or -ENOMEM. */
int object_set_owner(Object *object, uid_t uid, gid_t gid);
