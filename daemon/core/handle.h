/* A handle: a session has opened an object. Linked in both, so that either may
 * end first. An ephemeral object is deleted with its last handle. */
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

/* One more open: 0, -ENOMEM, -EDQUOT. */
int handle_open(Session *session, Object *object);
/* One less: 0, or -ENOENT without a handle. An ephemeral object may go when the call is over. */
int handle_close(Session *session, Object *object);
/* Gives back those of a session that has ended, as far as the allowance goes (work.h): true when none is left. */
bool handles_end_with_session(Session *session);
void handles_end_with_object(Object *object);

/* For snapshots: one that there was, whatever the bounds say: 0; -ENOMEM; -EEXIST. */
int handle_restore(Session *session, Object *object, unsigned n_opens);
