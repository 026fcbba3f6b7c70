/* Sends output with its descriptors.
 *
 * The receiver of a line gets the descriptors of that line only if they are sent with its first
 * byte, and not together with a byte of another line that has descriptors. So the output is sent in
 * pieces: each line with descriptors begins a new piece.
 *
 * A piece with lent values (daemon/core/lent.h) is sent from where they are stored, by one system
 * call.
 *
 * A short write is normal: the rest stays in the buffer, and the caller tries again when the socket
 * has room. A descriptor is closed here as soon as its first byte was sent, since the kernel has
 * its own copy then.
 *
 * Must never happen: a descriptor arrives with another line than its own; a descriptor is sent
 * twice or leaks after a short write. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/macros.h"
#include "send.h"

typedef union Control {
        char bytes[CMSG_SPACE(ATTACHMENTS_PER_LINE * sizeof(int))];
        struct cmsghdr align;
} Control;

static void put_descriptors(struct msghdr *message, Control *control, const int *fds, size_t n) {
        message->msg_control = control->bytes;
        message->msg_controllen = CMSG_SPACE(n * sizeof(int));
        memset(control->bytes, 0, message->msg_controllen);
        struct cmsghdr *header = CMSG_FIRSTHDR(message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(header), fds, n * sizeof(int));
}

/* The parts of a message, as they are found. */
typedef struct Parts {
        struct iovec *list;
        unsigned n_parts;
        size_t n, most; /* bytes */
} Parts;

static void add_part(Parts *parts, const char *bytes, size_t n) {
        n = min_size(n, parts->most - parts->n);
        if (n == 0)
                return;
        parts->list[parts->n_parts++] = (struct iovec){.iov_base = (void *)bytes, .iov_len = n};
        parts->n += n;
}

size_t send_parts(const Buffer *output, const Lent *lent, size_t end, size_t most,
                  struct iovec ret[SEND_PARTS_MAX], unsigned *ret_n) {
        const LentBlock *block = lent->first;
        Parts parts = {.list = ret, .most = most};
        const char *data = buffer_bytes(output);
        size_t at = 0, n;

        end = min_size(end, buffer_size(output));
        for (size_t offset; block && parts.n < most && parts.n_parts < SEND_PARTS_MAX - 2 &&
                            (offset = lent_offset(lent, block)) < end;
             block = block->next) {
                add_part(&parts, data + at, offset - at);
                const char *bytes = lent_bytes(block, &n);
                add_part(&parts, bytes, n);
                at = offset;
        }
        if (block && parts.n < most)
                end = min_size(end, lent_offset(lent, block));
        add_part(&parts, data + at, end - at);
        *ret_n = parts.n_parts;
        return parts.n;
}

/* The kernel gives the descriptors of a message to the receiver of its first byte. A line with
 * descriptors begins a message of its own. Returns the number of bytes, or a negative errno. */
static ssize_t send_message(int fd, const Attachments *attachments, struct iovec *parts,
                            unsigned n_parts) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = n_parts};
        int fds[ATTACHMENTS_PER_LINE];
        size_t n_fds = attachments_first(attachments, fds);
        Control control;

        if (n_fds > 0)
                put_descriptors(&message, &control, fds, n_fds);
        ssize_t sent =
                n_fds == 0 && n_parts == 1
                        ? send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL | MSG_DONTWAIT)
                        : sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? -errno : sent;
}

static void drop_bytes(Buffer *output, size_t n) {
        if (n == buffer_size(output))
                buffer_clear(output);
        else
                buffer_consume(output, n);
}

void send_drop(Buffer *output, Attachments *attachments, Lent *lent, size_t n) {
        while (lent->first) {
                size_t n_bytes = min_size(lent_offset(lent, lent->first), n);
                attachments_consume(attachments, n_bytes);
                drop_bytes(output, n_bytes);
                lent_shift(lent, n_bytes);
                n -= n_bytes;
                if (n == 0)
                        return;
                n -= lent_consume(lent, n);
        }
        attachments_consume(attachments, n);
        drop_bytes(output, n);
}

/* Most output is of one piece. */
static int send_plain(int fd, Buffer *output, size_t most) {
        size_t n = min_size(buffer_size(output), most);

        if (n == 0)
                return 0;
        ssize_t sent = send(fd, buffer_bytes(output), n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0)
                return -errno;
        drop_bytes(output, (size_t)sent);
        return 0;
}

/* Stops at the first short write: the next send would return -EAGAIN. */
static int send_pieces(int fd, Buffer *output, Attachments *attachments, Lent *lent, size_t most) {
        struct iovec parts[SEND_PARTS_MAX];
        unsigned n_parts;

        for (size_t n; (n = send_parts(output, lent, attachments_next_offset(attachments), most,
                                       parts, &n_parts)) > 0;) {
                ssize_t sent = send_message(fd, attachments, parts, n_parts);
                if (sent < 0)
                        return (int)sent;
                send_drop(output, attachments, lent, (size_t)sent);
                if ((size_t)sent < n)
                        return 0;
                most -= n;
        }
        return 0;
}

int send_output(int fd, Buffer *output, Attachments *attachments, Lent *lent, size_t most) {
        return lent->first || attachments->n > 0 ? send_pieces(fd, output, attachments, lent, most)
                                                 : send_plain(fd, output, most);
}
