/* Remains: contents that an object has removed, and that are not freed yet.
 *
 * Clearing an object takes its contents out in one step. They are then dropped element by element:
 * at once as far as the allowance of the message goes (work.h), and the rest in later turns. So a
 * list of a few elements is dropped at once, as if there were no remains, and one of a million
 * delays no other call.
 *
 * An element that is not dropped yet is still charged to the object's owner, and keeps alive what
 * it refers to. A charge that does not fit first drops remains of the same account
 * (remains_drop()), so no call gets EDQUOT because of contents that were cleared before.
 *
 * A type puts Remains at the beginning of a structure with the contents. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

typedef struct Account Account;
typedef struct Core Core;
typedef struct Object Object;
typedef struct Remains Remains;
typedef struct SnapshotReader SnapshotReader;
typedef struct SnapshotWriter SnapshotWriter;

enum { REMAINS_STEPS_AT_ONCE = 256 }; /* when room is made step by step */

/* Returns how many steps a charge of n_bytes may take to make room. Freeing as much as is stored
 * costs about as much as storing it, so it is part of the work of the call. */
static inline uint64_t remains_steps_for(uint64_t n_bytes) {
        enum { STEPS_AT_LEAST = 10000, BYTES_PER_STEP = 8 };

        return STEPS_AT_LEAST + n_bytes / BYTES_PER_STEP;
}

/* A kind of contents. */
typedef struct RemainsKind {
        const char *name;
        /* Drops elements as long as the allowance lasts. Returns true when none is left, after
         * freeing all other memory of the contents. */
        bool (*drop)(Remains *remains);
        /* Writes the elements as the contents of a record (snapshot/writer.h). `load` leaves to the
         * object what was written, and returns 0 or the reader's error. */
        void (*save)(const Remains *remains, SnapshotWriter *w);
        int (*load)(Object *object, SnapshotReader *r);
} RemainsKind;

struct Remains {
        const RemainsKind *kind;
        Object *object;      /* the owner, which exists until they are gone */
        ListLink in_object;  /* Object.remains */
        ListLink in_account; /* Account.remains */
};

/* Drops contents that were taken out of an object, now or later. The caller owns the structure of
 * this size; it is copied if necessary. Cannot fail: if memory for the copy runs out, everything is
 * dropped at once. */
void remains_leave(Object *object, Remains *remains, size_t size);

/* Drops remains of an account, or with NULL of all in turn, for about n_steps. Returns the number
 * of steps, 0 if no remains exist. May be called while a call runs: no object is freed. */
uint64_t remains_drop(Core *core, Account *account, uint64_t n_steps);
/* Drops remains of one object, for about n_steps. Returns the number of steps, like
 * remains_drop(). */
uint64_t remains_drop_of(Object *object, uint64_t n_steps);
bool remains_are_left(const Core *core);
/* Called when the object has a new owner. */
void remains_move(Object *object, Account *to);
/* For snapshots: restores remains without dropping any. Returns 0, or -ENOMEM after dropping all of
 * them. */
int remains_restore(Object *object, Remains *remains, size_t size);
