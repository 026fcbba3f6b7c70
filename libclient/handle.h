/* Handles: the proxies that a session has opened.
 *
 * The open of a proxy leaves a handle with the session of the thread that called it. An ephemeral object lives as
 * long as some session has a handle, so each further session that uses such a proxy opens it too, in front of its
 * first call. The last unref of a proxy releases all its handles: that of its own thread is closed at once, those of
 * other threads with their next call, since no other thread may write to their sessions. A session that ends has no
 * handles. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/table.h"
#include "target.h"

/* Its thread reads the table, and changes it with the lock of the links; with the lock, another thread may mark a
 * handle. */
typedef struct Handles {
        Table by_target;          /* Target.id -> Handle */
        atomic_bool has_released; /* one of them must be closed */
        uint64_t last; /* Target.id of one that is in the table, or 0; for its thread alone */
} Handles;

/* Notes that an open of the proxy has succeeded on this session. Returns 0 or -ENOMEM. */
int handles_note(Handles *handles, const Target *target);
/* Notes that a call of the proxy has succeeded on this session, which may have no handle. Returns 0 or -ENOMEM. */
int handles_know(Handles *handles, const Target *target);
/* Returns whether either of these two has noted the proxy. */
bool handles_have(Handles *handles, const Target *target);
/* Writes an open of the object in front of the output, if the object is ephemeral and this session has no handle.
 * Returns 0 or -ENOMEM. */
int handles_join(Handles *handles, Buffer *out, const Target *target);
/* Marks the handle of a proxy whose last reference is gone. Called with the lock of the links. */
void handles_release(Handles *handles, uint64_t target_id);
/* Writes the closes of released handles in front of the output. Returns 0 or -ENOMEM. */
int handles_give_back(Handles *handles, Buffer *out);
/* Forgets all handles, at the end of the session. */
void handles_clear(Handles *handles);
