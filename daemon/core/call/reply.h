/* Replies: from what came of a call to a line in its session's output. The only
 * place where outcomes become the wire's errors.
 *
 * One act can end thousands of waits. All of them are decided at once, in their order: their calls have left the queues,
 * count, and have the result that the object gave. Only the writing of their replies is put off when the message has
 * had its share, and done in later turns, also in order (core_work_off()). Everything else that a session is told comes
 * behind the replies of its own that were put off, so its output is the same bytes, somewhat later. */
#pragma once

#include <stddef.h>

#include "call/call.h"

/* The buffers of a batch: 0 or -ENOMEM. */
int reply_init(Core *core);
void reply_deinit(Core *core);

/* Answers a call with its outcome (not OUTCOME_PARKED), or with the failure that a negative errno
 * is. A notification gets no answer, but is counted. */
void reply_outcome(Call *call, int outcome);

/* The same for a call that was parked. Takes it over; its reply may be put off. */
void reply_when_allowed(Call *call, int outcome);
/* Writes the replies of this session that were put off: before it is told something else, or hears no more. */
void replies_write_of(Session *session);
/* Nobody reads them any more. */
void replies_drop_of(Session *session);
/* Writes those that were put off, as far as the allowance goes. */
void replies_work_off(Core *core);

/* Answers a line that is not a call: an id that could not be read is null. errno is positive. */
void reply_fault(Session *session, const char *id, size_t n_id, int code, int error,
                 const char *format, ...) PRINTF_LIKE(6, 7);

/* Between these two, replies to calls of this session that are not parked go into one array. */
void reply_batch_begin(Session *session);
void reply_batch_end(Session *session);
