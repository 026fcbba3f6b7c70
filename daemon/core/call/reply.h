/* Replies: from what came of a call to a line in its session's output. The only
 * place where outcomes become the wire's errors. */
#pragma once

#include <stddef.h>

#include "call/call.h"

/* The buffers of a batch: 0 or -ENOMEM. */
int reply_init(Core *core);
void reply_deinit(Core *core);

/* Answers a call with its outcome (not OUTCOME_PARKED), or with the failure that a negative errno
 * is. A notification gets no answer, but is counted. */
void reply_outcome(Call *call, int outcome);

/* Answers a line that is not a call: an id that could not be read is null. errno is positive. */
void reply_fault(Session *session, const char *id, size_t n_id, int code, int error,
                 const char *format, ...) PRINTF_LIKE(6, 7);

/* Between these two, replies to calls of this session that are not parked go into one array. */
void reply_batch_begin(Session *session);
void reply_batch_end(Session *session);
