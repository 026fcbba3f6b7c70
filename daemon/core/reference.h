/* References between objects: {"$object": "name"} inside a stored value keeps the object of that name alive, as a handle
 * does.
 *
 * A Reference is one for each pair of objects, with a count, and is linked in both. It goes through these states:
 *
 *   state      what it keeps alive            who moves it on
 *   counted    `to`, if that is ephemeral     references_add() and references_drop() count the values that have it
 *   dangling   nothing: `to` is NULL          the end of the target (references_end_with_object()); the next value that
 *                                             is stored with the name, when an object has that name again: counted
 *   gone                                      the last value that had it is dropped, or the object that has it ends
 *
 * An ephemeral object lives as long as it can be reached from a handle or a persistent object; so a cycle of ephemeral
 * objects that refer to each other does not live for ever. An object that loses a reference becomes a suspect, and the
 * pass over the suspects (reachability.h) runs in the settling, never inside a call.
 *
 * A value that is taken out and returned (queue.get, list.pop) may carry the last reference, and its receiver has no
 * handle yet. So the session gets a lease, a handle that ends by itself:
 *
 *   state      where                                  who moves it on
 *   taken      SessionTables.leases, serial > leases_over   references_lease(), when the value is returned
 *   over       the same, serial <= leases_over        leases_end(), when the session's next call is answered. That call
 *                                                     may be the open that makes a handle
 *   gone                                              leases_end() and leases_work_off(), the oldest first
 *
 * Must never happen: a value is stored whose references are not counted; a reference is dropped before the value that
 * replaces it is counted, so that the target ends in between; a lease outlives its session. */
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
        Object *to; /* NULL when it was deleted: the name leads nowhere */
        size_t n;   /* how often it stands in the values of `from` */
        ListLink by_target;
} Reference;

/* For each reference in the value: the object exists, the session may use it, and `from` keeps it alive.
 * OUTCOME_DONE; OUTCOME_REFUSED with nothing done; -ENOMEM likewise. */
int references_add(Call *call, Object *from, const Value *value);
void references_drop(Object *from, const Value *value);
/* The same for a name alone. */
int references_add_name(Call *call, Object *from, const char *name, size_t n);
/* The session of the call may use what the value refers to until its next call is over. */
void references_lease(Call *call, Object *from, const Value *value);
/* Ends the leases of a session but those that this call took: as far as the allowance goes (work.h), the rest by
 * leases_work_off(). */
void leases_end(Session *session, uint64_t except_call);
void leases_work_off(Core *core);
/* Ends all leases of a session that has ended: true when none is left. */
bool leases_end_with_session(Session *session);

/* For snapshots: a reference as it was, `to` being NULL where it dangled: 0; -ENOMEM; -EEXIST. */
int reference_restore(Object *from, const char *name, size_t n_name, Object *to, size_t n);
/* For a value that is loaded without them: its references dangle until references_resolve() finds what they name. */
int references_restore_of(Object *from, const Value *value);
void references_resolve(Object *from);

/* The object is about to be freed: nothing refers to it any more, nor it to anything. True when that is done, which
 * may take several turns. */
bool references_end_with_object(Object *object);
