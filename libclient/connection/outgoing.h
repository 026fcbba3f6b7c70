/* The message that a connection has begun to send and the kernel has not yet taken. It is finished before any other,
 * whatever happens: otherwise the receiver would take the next message for the rest of it. */
#pragma once

#include "connection/stream.h"

typedef struct Outgoing {
        char *rest; /* n bytes, of which n_sent have left; NULL without a rest */
        size_t n, n_sent;
        bool is_broken; /* the readers were gone while a message was on its way */
} Outgoing;

/* Drops the rest of the message. */
void outgoing_deinit(Outgoing *out);

static inline bool outgoing_is_begun(const Outgoing *out) {
        return out->rest != NULL;
}

/* Sends a message. Returns 0 when all of it has left or, with wait false, a part has left and the rest is kept; -EAGAIN
 * (only with wait false) when nothing has left; -EPIPE, and from then on always if it cut a message off; or another
 * negative errno. */
int outgoing_send(Outgoing *out, Stream *stream, bool wait, const void *body, size_t n);
/* Sends the rest that was kept. Returns 0, -EAGAIN (only with wait false) if a part of it is still unsent, -EPIPE, or another
 * negative errno. */
int outgoing_flush(Outgoing *out, Stream *stream, bool wait);
