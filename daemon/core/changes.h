/* The part of the core that is about changes of durable objects. The model stands in change.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

typedef struct Changes {
        bool is_on;              /* there is a store */
        int fault;               /* an errno while the store cannot write; 0 otherwise */
        List sync, async;        /* Durable.in_changed */
        List held;               /* Session.in_held: with output that waits for an epoch */
        size_t n_held;           /* in that */
        uint64_t epoch;          /* that is being collected; the first is 1 */
        uint64_t n_parts;        /* of it that are taken */
        uint64_t committed;      /* the last that is on the disk */
        uint64_t touched;        /* that the running call has met */
        uint64_t tokens;         /* those below are stored as given out */
        uint64_t n_objects;      /* durable ones */
        uint64_t n_committed;    /* transactions */
        int64_t last_ns, max_ns; /* that they took */
        bool wants_resume;       /* server.resume */
        bool is_loading;         /* references of loaded values are counted */
} Changes;

void changes_init(Changes *changes);
void changes_deinit(Changes *changes);
