/* References between objects: {"$object": "name"} inside a stored value keeps the
 * object of that name alive, as a handle does.
 *
 * A reference is an object of its own, linked in both ends, one for each pair,
 * with a count. When a stored value goes, so do its references. An ephemeral
 * object lives as long as it can be reached from a handle or a persistent object;
 * so a cycle of ephemeral objects that refer to each other does not live for ever.
 * What may have become unreachable is looked at when the running call is over,
 * never inside it: reachability.h.
 *
 * A value that is taken out and answered (queue.get, list.pop) may carry the last
 * reference: so the session that gets it has a lease on what the value refers to,
 * until its next call that is answered is over. That call may be the open. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/list.h"
#include "call/method.h"

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
int references_add(Call *call, Object *from, struct json_object *value);
void references_drop(Object *from, struct json_object *value);
/* The session of the call may use what the value refers to until its next call is over. */
void references_lease(Call *call, Object *from, struct json_object *value);
/* Ends the leases of a session but those that this call took: as far as the allowance goes (work.h), the rest by
 * leases_work_off(). */
void leases_end(Session *session, uint64_t except_call);
void leases_work_off(Core *core);
/* Ends all leases of a session that has ended: true when none is left. */
bool leases_end_with_session(Session *session);

/* The object is about to be freed: nothing refers to it any more, nor it to anything. True when that is done, which
 * may take several turns. */
bool references_end_with_object(Object *object);
