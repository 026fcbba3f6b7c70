/* JSON-RPC 2.0: from one line to calls. */
#pragma once

#include <stddef.h>

typedef struct Session Session;

/* Runs what one line (without its newline) holds: a call, a batch, or nothing when it is blank. Then
 * serves those whose waits it ended. The session stays valid; it may have been cut off. */
void rpc_input(Session *session, const char *line, size_t n);
/* A line is arriving, and this much of it is there: it is scanned so far. rpc_input() follows with all of it, or
 * rpc_refuse_long_line(). Nothing else depends on it, and no reply. */
void rpc_input_part(Session *session, const char *line, size_t n);
/* Answers a line that is longer than a message may be. */
void rpc_refuse_long_line(Session *session);
