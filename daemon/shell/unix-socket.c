/* The transport of Unix sockets. libevent reports when a socket is readable or writable; the system
 * calls are made here. Bufferevents are not used: they could send a reply before the core has
 * settled the turn, and they cannot send descriptors.
 *
 * Both events only note that there is work (connection_note_*()). The turn does it, so that users
 * get their shares. The event for writing exists only while output is left, since a socket is
 * writable nearly always. It is not charged: the output is, and has more bytes. */
#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "connection.h"
#include "poll-through.h"
#include "send.h"
#include "unix-socket.h"

/* Send buffers: the size of a wide one, and the largest default size, which the kernel doubles. */
enum {
        WIDE_BYTES = 640 << 10,
        NARROW_MAX = 320 << 10,
};

typedef struct UnixSocket {
        Transport transport;
        int fd;
        struct event *on_readable, *on_writable;
        ProcessWatch process;
        bool has_exited;
} UnixSocket;

static UnixSocket *unix_socket(const Transport *transport) {
        return CONTAINER_OF(transport, UnixSocket, transport);
}

static void on_readable(evutil_socket_t fd, short events, void *userdata) {
        UnixSocket *u = userdata;

        connection_note_input(u->transport.connection);
}

static void on_writable(evutil_socket_t fd, short events, void *userdata) {
        UnixSocket *u = userdata;

        connection_note_room(u->transport.connection);
}

static void on_process_exit(ProcessWatch *watch) {
        UnixSocket *u = CONTAINER_OF(watch, UnixSocket, process);

        u->has_exited = true;
        connection_note_exit(u->transport.connection);
}

static ssize_t unix_socket_receive(Transport *transport, void *into, size_t n) {
        ssize_t received = recv(unix_socket(transport)->fd, into, n, 0);

        return received < 0 ? -errno : received;
}

static size_t unix_socket_count_unreceived(const Transport *transport) {
        int n = 0;

        return ioctl(unix_socket(transport)->fd, SIOCINQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

static int unix_socket_send(Transport *transport, Buffer *output, Attachments *attachments,
                            Lent *lent, size_t most) {
        return send_output(unix_socket(transport)->fd, output, attachments, lent, most);
}

/* Polls without a timeout. POLLHUP and POLLERR are always reported, and a pidfd is readable when
 * its process has exited. So any event means that the peer is gone. */
static bool unix_socket_is_alive(const Transport *transport, bool needs_process) {
        const UnixSocket *u = unix_socket(transport);
        struct pollfd fds[] = {
                {.fd = u->fd},
                {.fd = needs_process && u->process.process ? u->process.process->pidfd : -1,
                 .events = POLLIN},
        };

        return poll_through(fds, ELEMENTSOF(fds), 0) == 0;
}

static bool unix_socket_watches_process(const Transport *transport) {
        const UnixSocket *u = unix_socket(transport);

        return u->process.process && !u->has_exited;
}

static int unix_socket_watch_input(Transport *transport, bool is_wanted) {
        if (is_wanted)
                return event_add(unix_socket(transport)->on_readable, NULL) == 0 ? 0 : -ENOMEM;
        event_del(unix_socket(transport)->on_readable);
        return 0;
}

static void unwatch_writable(UnixSocket *u) {
        if (u->on_writable)
                event_free(u->on_writable);
        u->on_writable = NULL;
}

static int watch_writable(UnixSocket *u) {
        struct event_base *base = event_get_base(u->on_readable);

        u->on_writable = event_new(base, u->fd, EV_WRITE | EV_PERSIST, on_writable, u);
        if (u->on_writable && event_add(u->on_writable, NULL) == 0)
                return 0;
        unwatch_writable(u);
        return -ENOMEM;
}

static int unix_socket_watch_room(Transport *transport, bool is_wanted) {
        UnixSocket *u = unix_socket(transport);

        if (is_wanted)
                return watch_writable(u);
        unwatch_writable(u);
        return 0;
}

static int send_buffer(int fd) {
        int n = 0;
        socklen_t size = sizeof(n);

        return getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, &size) == 0 ? n : 0;
}

/* The kernel doubles the size, since it counts its own structures as well, so a reply of 1 MiB
 * fits. net.core.wmem_max may limit it. */
static void unix_socket_widen(Transport *transport) {
        int fd = unix_socket(transport)->fd, n = WIDE_BYTES;

        if (send_buffer(fd) < 2 * n)
                setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof(n));
}

static bool unix_socket_is_wide(const Transport *transport) {
        return send_buffer(unix_socket(transport)->fd) > NARROW_MAX;
}

/* Frees everything but the socket. */
static void unix_socket_free(UnixSocket *u) {
        if (u->on_readable)
                event_free(u->on_readable);
        unwatch_writable(u);
        process_unwatch(&u->process);
        free(u);
}

static void unix_socket_close(Transport *transport) {
        UnixSocket *u = unix_socket(transport);
        int fd = u->fd;

        unix_socket_free(u);
        close(fd);
}

static const TransportTable table = {
        .receive = unix_socket_receive,
        .count_unreceived = unix_socket_count_unreceived,
        .send = unix_socket_send,
        .is_alive = unix_socket_is_alive,
        .watches_process = unix_socket_watches_process,
        .watch_input = unix_socket_watch_input,
        .watch_room = unix_socket_watch_room,
        .widen = unix_socket_widen,
        .is_wide = unix_socket_is_wide,
        .close = unix_socket_close,
};

size_t unix_socket_memory(void) {
        return memory_of(sizeof(UnixSocket)) + memory_of(event_get_struct_event_size());
}

int unix_socket_fd(const Transport *transport) {
        return unix_socket(transport)->fd;
}

int unix_socket_pidfd(const Transport *transport) {
        const Process *process = unix_socket(transport)->process.process;

        return process ? process->pidfd : -1;
}

const Process *unix_socket_process_if_first(const Transport *transport) {
        const ProcessWatch *watch = &unix_socket(transport)->process;

        return watch->process && list_first(&watch->process->watches) == &watch->in_process
                       ? watch->process
                       : NULL;
}

int unix_socket_restore(struct event_base *base, int fd, Process *process, Transport **ret) {
        UnixSocket *u = calloc(1, sizeof(*u));

        if (!u) {
                process_release(process);
                return -ENOMEM;
        }
        *u = (UnixSocket){.transport.table = &table, .fd = fd};
        u->has_exited = process && process_has_exited(process);
        process_watch(&u->process, process, on_process_exit);
        u->on_readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, u);
        if (!u->on_readable || event_add(u->on_readable, NULL) < 0) {
                unix_socket_free(u);
                return -ENOMEM;
        }
        *ret = &u->transport;
        return 0;
}

/* Takes ownership of fd and process also after a failure, so the caller has nothing to undo. */
int unix_socket_new(struct event_base *base, int fd, Process *process, Transport **ret) {
        int r = unix_socket_restore(base, fd, process, ret);

        if (r < 0)
                close(fd);
        return r;
}
