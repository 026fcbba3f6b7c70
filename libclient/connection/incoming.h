/* The message that a connection is receiving: the part that has arrived, until all of it is returned. Nothing behind its
 * end is read: the next reader may be another process. */
#pragma once

#include "connection/frame.h"
#include "connection/stream.h"

typedef struct Incoming {
        unsigned char header[FRAME_HEADER_MAX];
        size_t n_header;
        uint64_t length; /* of the body, once has_length */
        bool has_length;
        char *data; /* of the body, while it has to be kept; room bytes and one more */
        size_t room;
        uint64_t n_read; /* of the body */
        bool is_skipped; /* the rest of the message is dropped as it arrives */
        bool is_broken;  /* no message can be found in the stream any more */
} Incoming;

/* Drops the part that has arrived. */
void incoming_deinit(Incoming *in);

/* Returns whether a message has begun, and not been handed out. */
static inline bool incoming_is_begun(const Incoming *in) {
        return in->n_header > 0;
}
/* Returns whether all of it has arrived. */
static inline bool incoming_is_whole(const Incoming *in) {
        return in->has_length && in->n_read == in->length;
}

/* Each continues where the last one stopped. Returns 0, -EAGAIN (only with wait false), -ENODATA (end of file, and
 * no message has begun), -EPROTO (the stream is broken, for ever), -ENOMEM, or another negative errno. */

/* Receives the header: in->length is known then. */
int incoming_begin(Incoming *in, Stream *stream, bool wait);
/* Receives the rest, after the header, into new memory with a NUL behind it: of in->length bytes. */
int incoming_take(Incoming *in, Stream *stream, bool wait, char **ret_data);
/* Receives the rest, after the header, into a buffer, which has room for it. */
int incoming_copy(Incoming *in, Stream *stream, bool wait, char *buffer);
/* Receives the header, if need be, and drops the rest. */
int incoming_skip(Incoming *in, Stream *stream, bool wait);
