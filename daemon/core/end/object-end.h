/* The end of objects that are doomed: the walk over all that an object has, and the only place that
 * frees one.
 *
 * Nothing is freed under a running call. A method, or the end of a session, dooms an object
 * (registry.h): from then on its name is free, no call finds it, and no waiter is served in its
 * queues; but it stays valid for the call that runs and for the events of monitors. It ends when no
 * call runs any more: its waits end with EIDRM, its contents become remains (remains.h), and when
 * those are freed, so is its memory. */
#pragma once

typedef struct Core Core;

/* Ends all doomed objects, and those that their end dooms. Serves no waiter. */
void objects_end_doomed(Core *core);
/* Frees the objects whose remains are gone, as far as the allowance goes (work.h). */
void objects_finish(Core *core);
/* Ends all objects at the end of the core. */
void objects_end_all(Core *core);
