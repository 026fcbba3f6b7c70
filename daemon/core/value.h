/* Values inside objects. A stored value never changes: it is replaced as a whole. All types store and drop values
 * here, so that accounts and references stay right. */
#pragma once

#include "call/method.h"
#include "json/value.h"

/* Makes a value that the object is to keep, out of one of the call's or of another object's, and charges the object's owner
 * with what it takes beside its slot: OUTCOME_DONE, or OUTCOME_REFUSED (EDQUOT: a bound of the owner, of all, or of the object
 * for others than its owner) with nothing done, or -ENOMEM likewise. *ret may be the value that is replaced; it is written last,
 * and not dropped. */
int value_store(Call *call, Object *object, const Value *value, Value *ret);
/* The same for a value within the call's arguments. */
int value_store_span(Call *call, Object *object, const JsonSpan *span, Value *ret);
/* Drops a stored value: it is null afterwards. */
void value_drop(Object *object, Value *value);
/* The same for a value that the call takes out and answers: what it refers to stays for the caller to open
 * (reference.h). The value is what the call owns then. */
Value value_drop_to_caller(Call *call, Object *object, Value *value);
/* Stores one value in the place of another. */
int value_replace(Call *call, Object *object, Value *slot, const Value *value);

/* The same for n bytes that are not a value: keys, and a container's own memory per element. */
int value_charge(Call *call, Object *object, size_t n_bytes);
void value_release(Object *object, size_t n_bytes);
/* Whether the owner of the object may have n more bytes in durable objects: OUTCOME_DONE or OUTCOME_REFUSED (EDQUOT). */
int value_check_durable(Call *call, Object *object, size_t n_bytes);

/* For snapshots: the object has the value, or so many bytes, from now on, whatever the bounds say. The value is taken
 * over. Its references are restored by themselves (reference.h). */
void value_restore(Object *object, const Value *value);
void value_restore_bytes(Object *object, size_t n_bytes);
