/* Replies: from the outcome of a call to a line in its session's output. The only place where
 * outcomes become errors of the protocol.
 *
 * One act can end thousands of waits. All of them are decided at once, in order: their calls have
 * left the queues, count, and have the results that the object gave. Only writing their replies is
 * deferred when the message has used its share, to later turns, also in order (core_work_off()).
 * Any other output of a session follows its deferred replies, so the output has the same bytes,
 * only later. */
#pragma once

#include <stddef.h>

#include "call/call.h"

/* Makes the buffers of a batch. Returns 0 or -ENOMEM. */
int reply_init(Core *core);
void reply_deinit(Core *core);

/* Replies to a call with its outcome (not OUTCOME_PARKED), or with the error for a negative errno.
 * A notification gets no reply, but counts. */
void reply_outcome(Call *call, int outcome);

/* Replies like reply_outcome() to a call that was parked. Takes ownership of it; its reply may
 * be deferred. */
void reply_when_allowed(Call *call, int outcome);
/* Writes the deferred replies of this session, before any other output, or before it is gone. */
void replies_write_of(Session *session);
/* Drops them, since the client no longer reads. */
void replies_drop_of(Session *session);
/* Writes deferred replies, as far as the allowance goes. */
void replies_work_off(Core *core);

/* Replies to a line that is not a call; the id is null if it could not be read. errno is
 * positive. */
void reply_fault(Session *session, const char *id, size_t n_id, int code, int error,
                 const char *format, ...) PRINTF_LIKE(6, 7);

/* Between these two, replies to calls of this session that are not parked are collected in one
 * array. */
void reply_batch_begin(Session *session);
void reply_batch_end(Session *session);
