/* A handle: a session has opened an object. It is linked in both, so that either may end first. An
 * ephemeral object is deleted with its last handle. */
#pragma once

#include <stdbool.h>

#include "base/list.h"

typedef struct Object Object;
typedef struct Session Session;

typedef struct Handle {
        Object *object;
        Session *session;
        unsigned n_opens;
        ListLink by_object;
} Handle;

/* Opens the object once more. Returns 0, -ENOMEM or -EDQUOT. */
int handle_open(Session *session, Object *object);
/* Closes the object once. Returns 0, or -ENOENT without a handle. An ephemeral object may be
 * deleted after the call. */
int handle_close(Session *session, Object *object);
/* Closes the handles of a session that has ended, as far as the allowance goes (work.h). Returns
 * true when none is left. */
bool handles_end_with_session(Session *session);
void handles_end_with_object(Object *object);

/* For snapshots: restores a handle, regardless of the bounds. Returns 0, -ENOMEM or -EEXIST. */
int handle_restore(Session *session, Object *object, unsigned n_opens);
