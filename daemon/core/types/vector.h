/* Stored values (value.h) in order: what a list consists of. Every slot is charged to the object's owner beside the value in it.
 * They stand in pages (base/pages.h), so a change at either end or in the middle moves few of them. */
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

/* Valid until the next change. */
static inline Value *vector_at(const Vector *v, size_t i) {
        return (Value *)pages_at(v, sizeof(Value), i);
}

/* Removes all values, as remains of the object (remains.h), and the memory. */
void vector_clear(Object *object, Vector *v);

/* Replaces n_old values from a position on by n_new others, which are stored: all or nothing. The array
 * of the others is not part of the vector. OUTCOME_DONE; OUTCOME_REFUSED (EDQUOT, ...); -ENOMEM. */
int vector_splice(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                  const Value *new_values, size_t n_new);
/* The same with the elements of an array that is an argument of the call. */
int vector_splice_array(Call *call, Object *object, Vector *v, size_t position, size_t n_old,
                        unsigned arg);
/* Takes a value out, for the caller to own; what it refers to is leased to the session. */
Value vector_take(Call *call, Object *object, Vector *v, size_t position);
/* Removes n values; of many, some as remains of the object. Cannot fail. */
void vector_remove(Object *object, Vector *v, size_t position, size_t n);

/* An upper bound for the steps of moving values when n_new take the place of n_old. */
uint64_t vector_work_of_moves(const Vector *v, size_t position, size_t n_old, size_t n_new);

extern const RemainsKind vector_remains;
/* In a snapshot: the values as contents. 0 or the reader's error. */
void vector_save(const Vector *v, SnapshotWriter *w);
int vector_load(Object *object, Vector *v, SnapshotReader *r);
