/* Remains: contents that an object has dropped, and that are not freed yet.
 *
 * Emptying an object takes its contents out in one step. They are then dropped element by element: at once as far as
 * the allowance of the message goes (work.h), and the rest in later turns. So a list of a few elements is dropped at
 * once, as if there were no remains, and one of a million delays nobody.
 *
 * An element that is not dropped yet is charged to the object's owner still, and keeps alive what it refers to. A
 * charge that does not fit works off the remains of the same account first (remains_drop()), so nobody gets EDQUOT for
 * what was cleared before.
 *
 * A type puts Remains at the beginning of a structure that has the contents besides. */
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

enum { REMAINS_STEPS_AT_ONCE = 256 }; /* where room is made bit by bit */

/* How many steps a charge of so many bytes may take to make room. Freeing as much as is stored costs about as much as
 * storing it, so that is work of the call. */
static inline uint64_t remains_steps_for(uint64_t n_bytes) {
        enum { STEPS_AT_LEAST = 10000, BYTES_PER_STEP = 8 };

        return STEPS_AT_LEAST + n_bytes / BYTES_PER_STEP;
}

/* The kind of the contents. */
typedef struct RemainsKind {
        const char *name;
        /* Drops elements as long as there is allowance. True when none is left: then all other memory of the
         * contents is freed, too. */
        bool (*drop)(Remains *remains);
        /* Writes the elements as the contents of a record (snapshot/writer.h), and leaves to the object what was written:
         * 0, or the reader's error. */
        void (*save)(const Remains *remains, SnapshotWriter *w);
        int (*load)(Object *object, SnapshotReader *r);
} RemainsKind;

struct Remains {
        const RemainsKind *kind;
        Object *object;      /* whose they are: it stays until they are gone */
        ListLink in_object;  /* Object.remains */
        ListLink in_account; /* Account.remains */
};

/* Drops contents that were taken out of an object, now or later. The structure, of this size, is the caller's; it is
 * copied if it must be kept. Cannot fail: if memory runs out for the copy, all is dropped at once. */
void remains_leave(Object *object, Remains *remains, size_t size);

/* Drops remains of an account, or of all in turn where it is NULL, for about n_steps: how many steps that were; 0 when
 * there were none. May be called while a call runs: no object is freed. */
uint64_t remains_drop(Core *core, Account *account, uint64_t n_steps);
/* The same for the remains of one object. */
uint64_t remains_drop_of(Object *object, uint64_t n_steps);
bool remains_are_left(const Core *core);
/* The object has another owner now. */
void remains_move(Object *object, Account *to);
/* For snapshots: leaves them as they are, without dropping any: 0, or -ENOMEM, when all of them are dropped. */
int remains_restore(Object *object, Remains *remains, size_t size);
