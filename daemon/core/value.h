/* Values inside objects. A stored value never changes: it is replaced as a whole. All types store
 * and drop values by these functions, so that accounts and references stay correct. */
#pragma once

#include "call/method.h"
#include "json/value.h"

/* Makes a value to store in the object from a value of the call or of another object, and
 * charges the owner for its bytes beside its slot. Returns OUTCOME_DONE; or OUTCOME_REFUSED
 * (EDQUOT: a bound of the owner, of all users, or of the object for users other than its owner)
 * or -ENOMEM with nothing changed. *ret may be the value to be replaced; it is written last, and
 * not dropped. */
int value_store(Call *call, Object *object, const Value *value, Value *ret);
/* Stores a value of the call's arguments. */
int value_store_span(Call *call, Object *object, const JsonSpan *span, Value *ret);
/* Drops a stored value, and sets it to null. */
void value_drop(Object *object, Value *value);
/* Drops a value that the call takes out and returns: the objects that it refers to stay for the
 * client to open (reference.h). The caller then owns the value. */
Value value_drop_to_caller(Call *call, Object *object, Value *value);
/* Stores a value in place of another one. */
int value_replace(Call *call, Object *object, Value *slot, const Value *value);

/* Charges for n bytes that are not a value: keys, and the memory of a container for each
 * element. */
int value_charge(Call *call, Object *object, size_t n_bytes);
void value_release(Object *object, size_t n_bytes);
/* Returns OUTCOME_DONE if the owner of the object may have n more bytes in durable objects,
 * otherwise OUTCOME_REFUSED (EDQUOT). */
int value_check_durable(Call *call, Object *object, size_t n_bytes);

/* For snapshots: adds a value, or n bytes, to the object, regardless of the bounds. Takes ownership
 * of the value. References are restored from their own records (reference.h). */
void value_restore(Object *object, const Value *value);
void value_restore_bytes(Object *object, size_t n_bytes);
