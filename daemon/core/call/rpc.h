/* JSON-RPC 2.0: from one line to calls. */
#pragma once

#include <stddef.h>

typedef struct Session Session;

/* Runs the content of one line (without its newline): a call, a batch, or nothing if it is
 * blank. Then serves the waits that it made possible. The session stays valid; it may have been
 * cut off. */
void rpc_input(Session *session, const char *line, size_t n);
/* Scans the part of an unfinished line that has arrived. rpc_input() follows with the whole line,
 * or rpc_refuse_long_line(). No result depends on it. */
void rpc_input_part(Session *session, const char *line, size_t n);
/* Replies to a line that is longer than a message may be. */
void rpc_refuse_long_line(Session *session);
