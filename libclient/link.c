/* Connections to the daemon, and the effect of a fork on them.
 *
 * A child must never write to a connection of its parent, and must not keep it open: the daemon would not see the end of the
 * parent's session. So all links of the process are in one list, and a fork takes the lock of the links: the child closes
 * every descriptor in the list, touches nothing else (other threads may have been within a buffer), and counts a generation,
 * by which clients notice that their session is gone. A descriptor is in the list from the moment it is made, under the
 * same lock, so no fork falls in between.
 *
 * shutdown(2) before close(2) ends the session also where a copy of the descriptor exists that the library does not know,
 * such as that of a child made by clone(2) directly. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/macros.h"
#include "connection/system.h"
#include "greeting.h"
#include "link.h"

enum { RECEIVE_ROOM = 4096, RECEIVE_MOST = 1 << 20, CONNECT_SECONDS = 30 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int prepare_error;
static List all = {&all, &all};
static atomic_uint generation;

void links_lock(void) {
        pthread_mutex_lock(&mutex);
}

void links_unlock(void) {
        pthread_mutex_unlock(&mutex);
}

unsigned links_generation(void) {
        return atomic_load_explicit(&generation, memory_order_relaxed);
}

static void close_received(Link *link) {
        if (link->received_fd >= 0)
                system_close(link->received_fd);
        link->received_fd = -1;
        link->has_lost_fd = false;
}

/* In the child: the sockets are the parent's, and nothing may be written to them. Only descriptors are
 * touched here; the buffers may have been in use by threads that the child does not have. */
static void close_inherited(void) {
        for (List *node; (node = list_first(&all));) {
                Link *link = LIST_ENTRY(node, Link, in_all);
                list_unlink(node);
                system_close(link->fd);
                link->fd = -1;
                close_received(link);
        }
        atomic_fetch_add(&generation, 1);
        pthread_mutex_unlock(&mutex);
}

static void watch_forks(void) {
        prepare_error = -pthread_atfork(links_lock, links_unlock, close_inherited);
}

int links_prepare(void) {
        pthread_once(&once, watch_forks);
        return prepare_error;
}

void link_init(Link *link) {
        *link = (Link){.fd = -1, .received_fd = -1};
        list_init(&link->in_all);
}

void link_deinit(Link *link) {
        link_disconnect(link);
        link_clear(link);
}

/* Closed with the lock held, so that a fork cannot come in between and keep the connection open in the child;
 * a child that was made without our knowledge is made to lose it, too. */
void link_close(Link *link) {
        list_unlink(&link->in_all);
        close_received(link);
        if (link->fd < 0)
                return;
        shutdown(link->fd, SHUT_RDWR);
        system_close(link->fd);
        link->fd = -1;
}

void link_disconnect(Link *link) {
        links_lock();
        link_close(link);
        links_unlock();
        buffer_deinit(&link->in);
        link->n_searched = 0;
        link->n_sent = 0;
}

void link_clear(Link *link) {
        buffer_deinit(&link->out);
        link->n_sent = 0;
}

/* The descriptor is known from its beginning: a fork while it connects closes the child's copy. */
static int link_open(Link *link, bool wait) {
        links_lock();
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0);
        fd = fd < 0 ? -errno : system_move_above_stdio(fd);
        if (fd >= 0) {
                link->fd = fd;
                list_append(&all, &link->in_all);
        }
        links_unlock();
        return fd < 0 ? fd : 0;
}

/* Sets how long connect(2) blocks when the backlog is full. */
static int set_patience(int fd, long seconds) {
        const struct timeval tv = {.tv_sec = seconds};

        return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) < 0 ? -errno : 0;
}

static int connect_to(int fd, const char *path, bool wait) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int r = wait ? set_patience(fd, CONNECT_SECONDS) : 0;

        memcpy(address.sun_path, path, strlen(path));
        if (r == 0 && system_connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                r = -errno;
        return r == 0 && wait ? set_patience(fd, 0) : r;
}

/* Sends the notification that begins a connection. The empty socket has room for it, so this does not block; a failure
 * is ignored. */
static void greet(int fd, bool is_asynchronous) {
        CLEANUP(buffer_deinit) Buffer greeting = {0};

        if (greeting_write(&greeting, is_asynchronous) == 0)
                system_send(fd, buffer_bytes(&greeting), buffer_size(&greeting));
}

/* Closes the link if the thread is cancelled while it connects. */
static void drop_unconnected(Link **link) {
        if (*link)
                link_disconnect(*link);
}

int link_connect(Link *link, bool wait) {
        CLEANUP(drop_unconnected) Link *unconnected = link;
        int r = links_prepare();

        if (r == 0)
                r = link_open(link, wait);
        if (r == 0)
                r = connect_to(link->fd, link->path, wait);
        if (r < 0)
                return r;
        greet(link->fd, !wait);
        unconnected = NULL;
        return 0;
}

int link_send(Link *link) {
        size_t size = buffer_size(&link->out);
        ssize_t n =
                system_send(link->fd, buffer_bytes(&link->out) + link->n_sent, size - link->n_sent);

        if (n < 0)
                return -errno;
        link->n_sent += (size_t)n;
        if (link->n_sent == size) {
                buffer_consume(&link->out, size);
                link->n_sent = 0;
        }
        return (int)n;
}

void link_forget(Link *link, size_t n) {
        buffer_consume(&link->out, n);
        link->n_sent -= n;
}

/* A call asks for one descriptor at a time, so further ones belong to no call and are closed. */
static void keep_descriptor(Link *link, struct msghdr *message) {
        struct cmsghdr *header = CMSG_FIRSTHDR(message);
        bool has_some =
                header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS;
        size_t n = has_some ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

        for (size_t i = 0; i < n; i++) {
                int fd;
                memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(fd));
                if (link->received_fd < 0)
                        link->received_fd = system_move_above_stdio(fd);
                else
                        system_close(fd);
        }
        if (n > 0 ? link->received_fd < 0 : (message->msg_flags & MSG_CTRUNC) != 0)
                link->has_lost_fd = true;
}

static ssize_t receive_with_descriptor(Link *link, void *data, size_t n) {
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control;
        struct iovec bytes = {.iov_base = data, .iov_len = n};
        struct msghdr message = {.msg_iov = &bytes,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};

        ssize_t n_received = system_recvmsg(link->fd, &message);
        if (n_received > 0)
                keep_descriptor(link, &message);
        return n_received;
}

int link_take_fd(Link *link) {
        int fd = link->received_fd;
        int r = fd >= 0 ? fd : link->has_lost_fd ? -EMFILE : -ENODATA;

        link->received_fd = -1;
        link->has_lost_fd = false;
        return r;
}

int link_receive(Link *link) {
        size_t room = buffer_size(&link->in);

        room = room < RECEIVE_ROOM ? RECEIVE_ROOM : room > RECEIVE_MOST ? RECEIVE_MOST : room;
        int r = buffer_reserve(&link->in, room);
        if (r < 0)
                return r;
        void *end = link->in.data + link->in.end;
        ssize_t n = link->takes_fd ? receive_with_descriptor(link, end, room)
                                   : system_recv(link->fd, end, room);
        if (n < 0)
                return -errno;
        link->in.end += (size_t)n;
        return (int)n;
}

bool link_next(Link *link, const char **ret_line, size_t *ret_n) {
        size_t n = buffer_size(&link->in);
        const char *start = n ? buffer_bytes(&link->in) : NULL;
        const char *newline = n > link->n_searched
                                      ? memchr(start + link->n_searched, '\n', n - link->n_searched)
                                      : NULL;

        if (!newline) {
                link->n_searched = n;
                return false;
        }
        *ret_line = start;
        *ret_n = (size_t)(newline - start);
        return true;
}

void link_next_done(Link *link, size_t n) {
        buffer_consume(&link->in, n + 1);
        link->n_searched = 0;
}
