/* Makes an object: bounds, name, and the part of its type. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "call/method.h"
#include "change.h"
#include "type.h"

typedef struct ObjectOptions {
        const char *name; /* NULL: generate one */
        size_t n_name;
        mode_t mode;
        gid_t gid;
        bool is_ephemeral;
        Durability durability;
        uint64_t max_bytes;  /* like Object.max_bytes */
        int64_t idle_ttl_ms; /* ms; 0: none */
} ObjectOptions;

/* Makes an object for the session of the call, which is an open of this type, and enters it under
 * its name, which must be free. Returns OUTCOME_DONE, OUTCOME_REFUSED or a negative errno. */
int object_new(Call *open, const Type *type, const ObjectOptions *options, Object **ret);
