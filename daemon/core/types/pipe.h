/* The pipe, in two parts: in a snapshot (pipe-save.c) and all else (pipe.c). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "object.h"

typedef struct Descriptor Descriptor;

enum { READER, WRITER, N_SIDES };

typedef struct Side {
        Descriptor *descriptor; /* NULL once the daemon has let go of it */
        bool was_opened;
        unsigned n_ends; /* sessions that have it */
} Side;

typedef struct Pipe {
        Object object;
        bool is_duplex;
        int64_t serial; /* of the kernel's pipe, which may be replaced: never used again, by no daemon */
        Side sides[N_SIDES];
} Pipe;

void pipe_save(const Object *object, SnapshotWriter *w);
int pipe_load(Object *object, SnapshotRecord *state);
bool pipe_check_links(const Object *object);
