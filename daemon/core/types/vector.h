/* Stored values (value.h) in order, as in a list. The owner of the object is charged for each slot
 * besides its value. The slots are in pages (base/pages.h), so a change at an end or in the middle
 * moves few of them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/pages.h"
#include "call/method.h"
#include "json/value.h"

typedef struct RemainsKind RemainsKind;
typedef struct SnapshotReader SnapshotReader;
typedef struct SnapshotWriter SnapshotWriter;

typedef Pages Vector; /* of Value */

/* Returns the i-th value, which is valid until the next change. */
static inline Value *vector_at(const Vector *v, size_t i) {
        return (Value *)pages_at(v, sizeof(Value), i);
}

/* Removes all values as remains of the object (remains.h), and frees the memory. */
void vector_clear(Object *object, Vector *v);

/* Replaces n_old values from a position on by n_new others, which are stored, all or none. The
 * array must not be part of the vector. Returns OUTCOME_DONE; OUTCOME_REFUSED (EDQUOT, ...); or
 * -ENOMEM. */
int vector_splice(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                  const Value *new_values, size_t n_new);
/* Like vector_splice(), with the elements of an argument of the call. */
int vector_splice_array(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                        unsigned arg);
/* Takes a value out, which the caller then owns. Objects that it refers to are leased to the
 * session. */
Value vector_take(Call *call, Object *object, Vector *v, size_t position);
/* Removes n values; if they are many, some of them as remains of the object. Cannot fail. */
void vector_remove(Object *object, Vector *v, size_t position, size_t n);

/* Returns an upper bound of the steps for moving values when n_new take the place of n_old. */
uint64_t vector_work_of_moves(const Vector *v, size_t position, size_t n_old, size_t n_new);

extern const RemainsKind vector_remains;
/* Saves and loads the values as contents. Returns 0 or the reader's error. */
void vector_save(const Vector *v, SnapshotWriter *w);
int vector_load(Object *object, Vector *v, SnapshotReader *r);
