/* Sends output with its descriptors.
 *
 * The receiver of a line gets the descriptors of that line only if they are sent with its first
 * byte, and not together with a byte of another line that has descriptors. So the output is sent in
 * pieces: each line with descriptors begins a new piece.
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

/* The kernel gives the descriptors of a message to the receiver of its first byte. */
static ssize_t send_with_descriptors(int fd, const void *data, size_t n, const int *fds,
                                     size_t n_fds) {
        struct iovec bytes = {.iov_base = (void *)data, .iov_len = n};
        struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1};
        Control control;

        put_descriptors(&message, &control, fds, n_fds);
        return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A line with descriptors begins a message of its own. */
static ssize_t send_piece(int fd, const Buffer *output, const Attachments *attachments, size_t n) {
        int fds[ATTACHMENTS_PER_LINE];
        size_t n_fds = attachments_first(attachments, fds);
        const char *data = buffer_bytes(output);

        ssize_t sent = n_fds > 0 ? send_with_descriptors(fd, data, n, fds, n_fds)
                                 : send(fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        return sent < 0 ? -errno : sent;
}

void send_drop(Buffer *output, Attachments *attachments, size_t n) {
        attachments_consume(attachments, n);
        if (n == buffer_size(output))
                buffer_clear(output);
        else
                buffer_consume(output, n);
}

/* Stops at the first short write: the next send would return -EAGAIN. */
int send_output(int fd, Buffer *output, Attachments *attachments, size_t most) {
        for (size_t n; (n = min_size(buffer_size(output), most)) > 0;) {
                n = min_size(n, attachments_next_offset(attachments));
                ssize_t sent = send_piece(fd, output, attachments, n);
                if (sent < 0)
                        return (int)sent;
                send_drop(output, attachments, (size_t)sent);
                if ((size_t)sent < n)
                        return 0;
                most -= n;
        }
        return 0;
}
