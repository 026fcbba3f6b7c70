/* The object that a request is for, as its proxy knows it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

typedef struct Target {
        uint64_t id; /* of the proxy; never used again in this process */
        const char *type;
        char *name;
        Buffer again;      /* the line that makes a missing object again, or empty */
        bool is_ephemeral; /* each session that uses the object opens it */
} Target;
