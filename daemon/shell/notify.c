/* Notifications: datagrams to the socket in $NOTIFY_SOCKET. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"
#include "poll-through.h"

enum { MESSAGE_MAX = 1280, PATIENCE_S = 1 };

/* Takes a path, or '@' and a name without a file. */
static int set_address(Notify *notify, const char *name) {
        size_t n = strlen(name);

        if (name[0] != '/' && name[0] != '@')
                return -EAFNOSUPPORT;
        if (n < 2)
                return -EINVAL;
        if (n >= sizeof(notify->address.sun_path))
                return -ENAMETOOLONG;
        notify->address = (struct sockaddr_un){.sun_family = AF_UNIX};
        memcpy(notify->address.sun_path, name, n);
        if (name[0] == '@')
                notify->address.sun_path[0] = '\0';
        notify->n_address = offsetof(struct sockaddr_un, sun_path) + n;
        return 0;
}

static int open_socket(void) {
        /* The manager may be busy. A lost message is better than a blocked daemon. */
        const struct timeval patience = {.tv_sec = PATIENCE_S};
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0) {
                close(fd);
                return -errno;
        }
        return fd;
}

void notify_init(Notify *notify) {
        const char *name = getenv("NOTIFY_SOCKET");

        *notify = (Notify){.fd = -1};
        if (!name)
                return;
        int r = set_address(notify, name);
        if (r == 0)
                r = open_socket();
        if (r < 0)
                log_warning("cannot notify the service manager: NOTIFY_SOCKET is '%.200s': %s",
                            name, strerror(-r));
        notify->fd = r < 0 ? -1 : r;
        unsetenv("NOTIFY_SOCKET");
}

int notify_put_environment(const Notify *notify) {
        char name[sizeof(notify->address.sun_path) + 1] = "";

        if (notify->fd < 0)
                return 0;
        memcpy(name, notify->address.sun_path,
               notify->n_address - offsetof(struct sockaddr_un, sun_path));
        if (!*name)
                *name = '@';
        return setenv("NOTIFY_SOCKET", name, 1) < 0 ? -errno : 0;
}

void notify_deinit(Notify *notify) {
        if (notify->fd >= 0)
                close(notify->fd);
        notify->fd = -1;
}

void notify_send(const Notify *notify, const char *format, ...) {
        char text[MESSAGE_MAX];
        va_list args;

        if (notify->fd < 0)
                return;
        va_start(args, format);
        vsnprintf(text, sizeof(text), format, args);
        va_end(args);
        if (sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL,
                   (const struct sockaddr *)&notify->address, notify->n_address) < 0)
                log_warning("cannot notify the service manager: %m");
}

int notify_send_descriptor(const Notify *notify, const char *text, int fd) {
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control = {.bytes = ""};
        struct iovec bytes = {.iov_base = (void *)text, .iov_len = strlen(text)};
        struct msghdr message = {.msg_name = (void *)&notify->address,
                                 .msg_namelen = notify->n_address,
                                 .msg_iov = &bytes,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

        if (notify->fd < 0)
                return -ENOTCONN;
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &fd, sizeof(int));
        return sendmsg(notify->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The service manager closes the descriptor of this message, so the other end of the pipe reports a
 * hang-up. */
int notify_wait(const Notify *notify, int ms) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        int r = notify_send_descriptor(notify, "BARRIER=1", ends[1]);
        close(ends[1]);
        struct pollfd p = {.fd = ends[0]};
        if (r == 0) {
                int n = poll_through(&p, 1, ms);
                r = n > 0 ? 0 : n == 0 ? -ETIMEDOUT : -errno;
        }
        close(ends[0]);
        return r;
}
