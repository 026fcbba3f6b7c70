/* The pipe: its snapshot is in pipe-save.c, all other functions are in pipe.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "object.h"

typedef struct Descriptor Descriptor;

enum { READER, WRITER, N_SIDES };

typedef struct Side {
        Descriptor *descriptor; /* NULL once the daemon has closed it */
        bool was_opened;
        unsigned n_ends; /* sessions that have it open */
} Side;

typedef struct Pipe {
        Object object;
        bool is_duplex;
        /* Serial of the kernel's pipe, which may be replaced. No daemon uses it again. */
        int64_t serial;
        Side sides[N_SIDES];
} Pipe;

void pipe_save(const Object *object, SnapshotWriter *w);
int pipe_load(Object *object, SnapshotRecord *state);
bool pipe_check_links(const Object *object);
