/* Receiving one message and no byte more: another process may receive the next one from its own copy of the descriptor.
 *
 *     idle        nothing of a message was read        its first byte: begun
 *     begun       the length, or a part of the body    the last byte: idle. The part read is kept from call to call
 *     skipped     begun, and its body is dropped       the last byte: idle
 *     is_broken   end of file within a message, or an impossible length: every later call gets -EPROTO
 *
 * A message that does not fit stays begun, so a caller may come again with more room. The length comes from another process
 * and is not trusted: memory is allocated as bytes arrive, not for the announced length. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "connection/incoming.h"

/* Up to this many bytes the memory for a body is allocated at once; beyond, it doubles as bytes arrive. */
enum { ROOM_AT_ONCE = 1 << 20, SKIP_AT_ONCE = 1 << 14 };

static void forget_message(Incoming *in) {
        bool is_broken = in->is_broken;

        free(in->data);
        *in = (Incoming){.is_broken = is_broken};
}

void incoming_deinit(Incoming *in) {
        forget_message(in);
}

static int break_stream(Incoming *in) {
        in->is_broken = true;
        forget_message(in);
        return -EPROTO;
}

/* Reads up to n bytes of a message. Returns their number, which is not 0, or a negative errno. */
static ssize_t read_some(Incoming *in, Stream *stream, bool wait, void *buffer, size_t n) {
        ssize_t r = stream_read(stream, buffer, n, wait);

        if (r == 0)
                return incoming_is_begun(in) ? break_stream(in) : -ENODATA;
        return r;
}

static int skip_body(Incoming *in, Stream *stream, bool wait) {
        char nothing[SKIP_AT_ONCE];

        free(TAKE_PTR(in->data));
        in->room = 0;
        in->is_skipped = true;
        while (in->n_read < in->length) {
                uint64_t left = in->length - in->n_read;
                ssize_t n = read_some(in, stream, wait, nothing,
                                      left < sizeof(nothing) ? (size_t)left : sizeof(nothing));
                if (n < 0)
                        return (int)n;
                in->n_read += (size_t)n;
        }
        forget_message(in);
        return 0;
}

static int read_header(Incoming *in, Stream *stream, bool wait) {
        for (;;) {
                size_t size = frame_header_size(in->header, in->n_header);
                if (in->n_header == size)
                        return 0;
                ssize_t n =
                        read_some(in, stream, wait, in->header + in->n_header, size - in->n_header);
                if (n < 0)
                        return (int)n;
                in->n_header += (size_t)n;
        }
}

int incoming_begin(Incoming *in, Stream *stream, bool wait) {
        int r = in->is_broken ? -EPROTO : in->is_skipped ? skip_body(in, stream, wait) : 0;

        if (r < 0 || in->has_length)
                return r;
        r = read_header(in, stream, wait);
        if (r == 0 && frame_decode(in->header, &in->length) < 0)
                r = break_stream(in);
        in->has_length = r == 0;
        return r;
}

/* Makes room for more than has arrived, and at most for the message. */
static int reserve(Incoming *in) {
        uint64_t room = in->n_read < ROOM_AT_ONCE ? ROOM_AT_ONCE : 2 * in->n_read;

        if (in->data && in->room > in->n_read)
                return 0;
        if (room > in->length)
                room = in->length;
        if (room >= SIZE_MAX)
                return -ENOMEM;
        char *data = realloc(in->data, (size_t)room + 1);
        if (!data)
                return -ENOMEM;
        in->data = data;
        in->room = (size_t)room;
        return 0;
}

int incoming_take(Incoming *in, Stream *stream, bool wait, char **ret_data) {
        int r = reserve(in);

        while (r == 0 && in->n_read < in->length) {
                ssize_t n = read_some(in, stream, wait, in->data + in->n_read,
                                      in->room - (size_t)in->n_read);
                if (n < 0)
                        return (int)n;
                in->n_read += (size_t)n;
                if (in->n_read < in->length)
                        r = reserve(in);
        }
        if (r < 0)
                return r;
        in->data[in->length] = '\0';
        *ret_data = TAKE_PTR(in->data);
        forget_message(in);
        return 0;
}

/* Keeps what has been read into a caller's buffer, for the next call. */
static int keep(Incoming *in, const char *buffer, size_t n) {
        char *data = n > in->room || !in->data ? realloc(in->data, n + 1) : in->data;

        if (!data)
                return -ENOMEM;
        if (data != in->data)
                in->room = n;
        memcpy(data, buffer, n);
        in->data = data;
        return 0;
}

/* A copy under way. If the thread is cancelled, its buffer may vanish, so the part that was read is kept. */
typedef struct Copying {
        Incoming *in; /* NULL once the copy has returned */
        const char *buffer;
} Copying;

static void keep_copied(const Copying *copying) {
        Incoming *in = copying->in;

        if (in && in->n_read > 0 && keep(in, copying->buffer, (size_t)in->n_read) < 0)
                break_stream(in);
}

static int copy_rest(Incoming *in, Stream *stream, bool wait, char *buffer) {
        while (in->n_read < in->length) {
                ssize_t n = read_some(in, stream, wait, buffer + in->n_read,
                                      (size_t)(in->length - in->n_read));
                if (n == -EAGAIN && in->n_read > 0 && keep(in, buffer, (size_t)in->n_read) < 0)
                        /* No memory to keep the read part: block for the rest, or the stream would continue inside a message. */
                        wait = true;
                else if (n < 0)
                        return (int)n;
                else
                        in->n_read += (size_t)n;
        }
        forget_message(in);
        return 0;
}

/* Bytes that an earlier call kept go into the buffer first; the rest is read directly into it. */
int incoming_copy(Incoming *in, Stream *stream, bool wait, char *buffer) {
        CLEANUP(keep_copied) Copying copying = {.in = in, .buffer = buffer};

        if (in->data)
                memcpy(buffer, in->data, (size_t)in->n_read);
        int r = copy_rest(in, stream, wait, buffer);
        copying.in = NULL;
        return r;
}

/* A message that was begun to be skipped is finished by the next call of any kind: its body is gone in part. */
int incoming_skip(Incoming *in, Stream *stream, bool wait) {
        int r = in->is_skipped ? 0 : incoming_begin(in, stream, wait);

        return r < 0 ? r : skip_body(in, stream, wait);
}
