/* References between objects: {"$object": "name"} inside a stored value keeps the object of that
 * name alive, like a handle.
 *
 * Each pair of objects has one Reference, with a count, linked in both. Its states:
 *
 *   state      keeps alive                 leaves the state by
 *   counted    `to`, if it is ephemeral    the end of the target (references_end_with_object()): dangling
 *   dangling   nothing: `to` is NULL       the next value stored with the name, if an object has that
 *                                          name again: counted
 *
 * references_add() and references_drop() count the values that contain it. It is freed when the last
 * of them is dropped, or when the object that has it ends.
 *
 * An ephemeral object lives as long as it is reachable from a handle or a persistent object, so a
 * cycle of ephemeral objects that refer to each other does not live for ever. An object that loses a
 * reference becomes a suspect, and the pass over the suspects (reachability.h) runs in the settling,
 * never inside a call.
 *
 * A value that is taken out and returned (queue.get, list.pop) may have the last reference, and its
 * receiver has no handle yet. So the session gets a lease, a handle that ends by itself:
 *
 *   state   where in SessionTables.leases   leaves the state by
 *   taken   serial > leases_over            leases_end(), when the session's next call is answered: over.
 *                                           That call may be the open that makes a handle
 *   over    serial <= leases_over           leases_end() and leases_work_off() free it, the oldest first
 *
 * Must never happen: a value is stored whose references are not counted; a reference is dropped
 * before the value that replaces it is counted, so that the target ends in between; a lease outlives
 * its session. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "call/method.h"
#include "json/value.h"

typedef struct Core Core;
typedef struct Session Session;

#define REFERENCE_KEY "$object"

typedef struct Reference {
        Object *from;
        Object *to; /* NULL after its deletion: the name leads to no object */
        size_t n;   /* how often it occurs in the values of `from` */
        ListLink by_target;
} Reference;

/* Counts each reference in the value: the object must exist, the session must be allowed to use
 * it, and `from` keeps it alive. Returns OUTCOME_DONE, or OUTCOME_REFUSED or -ENOMEM with
 * nothing done. */
int references_add(Call *call, Object *from, const Value *value);
void references_drop(Object *from, const Value *value);
/* Adds or drops the reference to the object of this name. */
int references_add_name(Call *call, Object *from, const char *name, size_t n);
/* Lets the session of the call use the objects that the value refers to until its next call is
 * over. */
void references_lease(Call *call, Object *from, const Value *value);
/* Ends the leases of a session except those that this call took, as far as the allowance goes
 * (work.h); leases_work_off() ends the rest. */
void leases_end(Session *session, uint64_t except_call);
void leases_work_off(Core *core);
/* Ends all leases of a session that has ended. Returns true when none is left. */
bool leases_end_with_session(Session *session);

/* For snapshots: restores a reference; `to` is NULL if it was dangling. Returns 0, -ENOMEM or
 * -EEXIST. */
int reference_restore(Object *from, const char *name, size_t n_name, Object *to, size_t n);
/* For a value that is loaded without its references: they dangle until references_resolve() finds
 * their objects. */
int references_restore_of(Object *from, const Value *value);
void references_resolve(Object *from);

/* Called before the object is freed: removes all references to it and from it. Returns true when
 * that is done, which may take several turns. */
bool references_end_with_object(Object *object);
