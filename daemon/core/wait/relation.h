/* Relations of sessions and objects: holds that are taken and waits that are parked, of all sessions, in the order in
 * which they began. server.scan_waits walks them: a serial is a place among them also when its relation is gone. Nothing
 * here allocates or fails. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/tree.h"

typedef enum RelationKind {
        RELATION_HOLD = 1,
        RELATION_WAIT,
} RelationKind;

typedef struct Relation {
        TreeNode node;    /* its key is the serial */
        uint8_t kind;     /* RelationKind */
        uint8_t n_places; /* queues that a wait stands in, at most WAIT_PLACES_MAX; 0 for a hold */
} Relation;

/* Zero-initialised is empty. */
typedef struct Relations {
        Tree by_serial;
        int64_t last; /* serial, which is never used again */
        size_t n, n_places;
} Relations;

void relation_link(Relations *relations, Relation *relation, RelationKind kind, size_t n_places);
/* For snapshots: links the relation with its old serial, which no other one has. */
void relation_relink(Relations *relations, Relation *relation, RelationKind kind, size_t n_places,
                     int64_t serial);
/* Does nothing when it is not linked. */
void relation_unlink(Relations *relations, Relation *relation);
/* Returns the first relation with a greater serial, or NULL. O(log n). */
Relation *relation_after(const Relations *relations, uint64_t serial);
