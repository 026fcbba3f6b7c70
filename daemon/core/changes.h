/* The state of the core for changes of durable objects; change.h has the model. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

typedef struct Changes {
        bool is_on;              /* the daemon has a store */
        int fault;               /* an errno while the store cannot write; 0 otherwise */
        List sync, async;        /* Durable.in_changed */
        List held;               /* Session.in_held: sessions whose output waits for an epoch */
        size_t n_held;           /* number of sessions in `held` */
        uint64_t epoch;          /* the epoch being collected; the first is 1 */
        uint64_t n_parts;        /* number of parts of that epoch that were taken */
        uint64_t committed;      /* the last epoch that is on the disk */
        uint64_t touched;        /* the greatest epoch of the objects that the running call uses */
        uint64_t tokens;         /* the stored number: tokens below it may be given out */
        uint64_t n_objects;      /* number of durable objects */
        uint64_t n_committed;    /* number of transactions */
        int64_t last_ns, max_ns; /* duration of the last and of the longest transaction */
        bool wants_resume;       /* server.resume was called */
        bool is_loading;         /* references of loaded values are counted */
} Changes;

void changes_init(Changes *changes);
void changes_deinit(Changes *changes);
