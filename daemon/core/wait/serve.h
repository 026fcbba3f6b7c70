/* Serving waits, and ending them unserved. The model stands in wait.h. */
#pragma once

#include "call/method.h"
#include "wait/waiter.h"

typedef struct Core Core;
typedef struct Session Session;

/* Serves all waiters that can continue. */
void waits_serve(Core *core);
/* Ends a wait unserved and replies to its call (unless the session is gone). The call is freed,
 * unless its method keeps it waiting. */
void wait_end(Wait *wait, WaitEnd why);
/* Ends the wait of a call that has been refused, with the text of the refusal. */
void wait_end_refused(Wait *wait, WaitEnd why);
void waits_end_with_object(Object *object);
/* Ends all parked calls for this reason, each with its reply: none is put off. */
void session_end_waits(Session *session, WaitEnd why);
