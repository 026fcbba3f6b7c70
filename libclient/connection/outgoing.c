/* Sends whole messages, short ones in one write each.
 *
 *     idle      rest is NULL                   a message that leaves in part: pending
 *     pending   rest has the unsent bytes      outgoing_flush(), which the next call does first: idle
 *     broken    is_broken                      never left: a receiver would take the next message for the rest of this one
 *
 * A message that cannot be finished now, since the pipe is full or the thread is cancelled, must not be dropped once its
 * first byte was sent. Its rest is copied and sent before anything else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "connection/frame.h"
#include "connection/outgoing.h"

void outgoing_deinit(Outgoing *out) {
        free(out->rest);
        *out = (Outgoing){.is_broken = out->is_broken};
}

static int break_stream(Outgoing *out, int error) {
        outgoing_deinit(out);
        out->is_broken = true;
        return error;
}

int outgoing_flush(Outgoing *out, Stream *stream, bool wait) {
        if (out->is_broken)
                return -EPIPE;
        while (out->rest && out->n_sent < out->n) {
                struct iovec iov = {.iov_base = out->rest + out->n_sent,
                                    .iov_len = out->n - out->n_sent};
                ssize_t n = stream_write(stream, &iov, 1, wait);
                if (n < 0)
                        return n == -EAGAIN ? -EAGAIN : break_stream(out, (int)n);
                out->n_sent += (size_t)n;
        }
        outgoing_deinit(out);
        return 0;
}

/* Drops n bytes from the front of two pieces. */
static void advance(struct iovec iov[2], size_t n) {
        for (int i = 0; i < 2; i++) {
                size_t n_here = n < iov[i].iov_len ? n : iov[i].iov_len;
                iov[i].iov_base = (char *)iov[i].iov_base + n_here;
                iov[i].iov_len -= n_here;
                n -= n_here;
        }
}

static int keep(Outgoing *out, const struct iovec iov[2]) {
        size_t n = iov[0].iov_len + iov[1].iov_len;

        out->rest = malloc(n);
        if (!out->rest)
                return -ENOMEM;
        memcpy(out->rest, iov[0].iov_base, iov[0].iov_len);
        memcpy(out->rest + iov[0].iov_len, iov[1].iov_base, iov[1].iov_len);
        out->n = n;
        out->n_sent = 0;
        return 0;
}

/* A message in progress. If the thread is cancelled, the rest is kept for the next call. */
typedef struct Sending {
        Outgoing *out;
        const struct iovec *iov;
        bool is_cut; /* a part has left, and the rest is neither sent nor kept */
} Sending;

static void keep_cut(const Sending *sending) {
        if (sending->is_cut && keep(sending->out, sending->iov) < 0)
                break_stream(sending->out, -ENOMEM);
}

static int write_frame(Outgoing *out, Stream *stream, bool wait, struct iovec iov[2]) {
        CLEANUP(keep_cut) Sending sending = {.out = out, .iov = iov};
        bool is_split = stream_prepare(stream, iov[1].iov_len);
        bool is_begun = false;

        while (iov[0].iov_len + iov[1].iov_len > 0) {
                int n_iov = is_split && iov[0].iov_len > 0 ? 1 : 2;
                ssize_t n = stream_write(stream, iov, n_iov, wait);
                if (n >= 0) {
                        advance(iov, (size_t)n);
                        is_begun = true;
                        sending.is_cut = iov[0].iov_len + iov[1].iov_len > 0;
                } else if (!is_begun) {
                        return (int)n;
                } else if (n != -EAGAIN) {
                        sending.is_cut = false;
                        return break_stream(out, (int)n);
                } else if (keep(out, iov) == 0) {
                        sending.is_cut = false;
                        return 0;
                } else {
                        /* No memory to keep the rest: block here, a partial message would corrupt the stream. */
                        wait = true;
                }
        }
        return 0;
}

int outgoing_send(Outgoing *out, Stream *stream, bool wait, const void *body, size_t n) {
        unsigned char header[FRAME_HEADER_MAX];
        struct iovec iov[2] = {{.iov_base = header, .iov_len = frame_encode(header, n)},
                               {.iov_base = (void *)body, .iov_len = n}};
        int r = outgoing_flush(out, stream, wait);

        return r < 0 ? r : write_frame(out, stream, wait, iov);
}
