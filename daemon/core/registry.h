/* The single namespace: objects by name, from their creation to their doom. end/ frees them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "call/method.h"
#include "type.h"

typedef struct Core Core;
typedef struct Session Session;

/* Returns the object of this name, or NULL. */
Object *object_find(Core *core, const char *name, size_t n);
/* Dooms the object: removes it from the registry and marks it. It stays valid until no call runs,
 * and ends then. Idempotent. */
void object_doom(Object *object);
/* Gives the object to another owner. Returns 0 or -ENOMEM. */
int object_set_owner(Object *object, uid_t uid, gid_t gid);
