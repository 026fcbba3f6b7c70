/* Values inside objects. A stored value never changes: it is shared with replies
 * by reference, and replaced as a whole. All types store and drop values here, so
 * that accounts stay right. */
#pragma once

#include <json-c/json.h>

#include "call/method.h"

/* Takes a reference to a value that the object is to keep, and charges the object's owner:
 * OUTCOME_DONE, or OUTCOME_REFUSED (EDQUOT: a bound of the owner, of all, or of the object for others
 * than its owner) with nothing taken. */
int value_store(Call *call, Object *object, struct json_object *value);
/* Drops a stored value. */
void value_drop(Object *object, struct json_object *value);
/* The same for a value that the call takes out and answers: what it refers to stays for the caller to open
 * (reference.h). The caller of this function keeps a reference of its own for the result. */
void value_drop_to_caller(Call *call, Object *object, struct json_object *value);

/* The same for n bytes that are not a value: keys, and a container's own memory per element. */
int value_charge(Call *call, Object *object, size_t n_bytes);
void value_release(Object *object, size_t n_bytes);

/* For snapshots: the object has the value, or so many bytes, from now on, whatever the bounds say. The reference is taken
 * over. Its references are restored by themselves (reference.h). */
void value_restore(Object *object, struct json_object *value);
void value_restore_bytes(Object *object, size_t n_bytes);
