/* The one name space: objects by name, from birth to doom. end/ frees them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "call/method.h"
#include "type.h"

typedef struct Core Core;
typedef struct Session Session;

typedef struct ObjectOptions {
        const char *name; /* NULL: make one up */
        size_t n_name;
        mode_t mode;
        bool is_ephemeral;
        uint64_t max_bytes; /* as in Object */
} ObjectOptions;

/* NULL, or why this is no name for an object: 1 to 255 bytes of UTF-8 without control characters. */
const char *name_fault(const char *name, size_t n);

/* NULL when there is none. */
Object *object_find(Core *core, const char *name, size_t n);
/* Makes an object for the session of the call, which is an open of this type, and enters it under its
 * name, which must be free. An outcome (OUTCOME_DONE or OUTCOME_REFUSED) or -errno. */
int object_new(Call *open, const Type *type, const ObjectOptions *options, Object **ret);
/* Takes the object out of the registry and marks it: it ends when no call runs any more, and stays
 * valid until then. Idempotent. */
void object_doom(Object *object);
/* Hands it to another owner. 0 or -ENOMEM. */
int object_set_owner(Object *object, uid_t uid, gid_t gid);
