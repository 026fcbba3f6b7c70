/* Connections to the daemon, and what a fork does to them. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "link.h"

enum { RECEIVE_ROOM = 4096, RECEIVE_MOST = 1 << 20 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
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

/* In the child: the sockets are the parent's, and nothing may be written to them. Only descriptors are
 * touched here; the buffers may have been in use by threads that the child does not have. */
static void close_inherited(void) {
        for (List *node; (node = list_first(&all));) {
                Link *link = LIST_ENTRY(node, Link, in_all);
                list_unlink(node);
                close(link->fd);
                link->fd = -1;
        }
        atomic_fetch_add(&generation, 1);
        pthread_mutex_unlock(&mutex);
}

static void watch_forks(void) {
        pthread_atfork(links_lock, links_unlock, close_inherited);
}

void links_prepare(void) {
        pthread_once(&once, watch_forks);
}

void link_init(Link *link) {
        *link = (Link){.fd = -1};
        list_init(&link->in_all);
}

void link_deinit(Link *link) {
        link_disconnect(link);
        link_clear(link);
}

void link_disconnect(Link *link) {
        links_lock();
        list_unlink(&link->in_all);
        int fd = link->fd;
        link->fd = -1;
        links_unlock();
        if (fd >= 0)
                close(fd);
        buffer_deinit(&link->in);
        link->n_searched = 0;
        link->n_sent = 0;
}

void link_clear(Link *link) {
        buffer_deinit(&link->out);
        link->n_sent = 0;
}

static int connect_to(int fd, const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        memcpy(address.sun_path, path, strlen(path));
        while (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
                if (errno != EINTR)
                        return -errno;
        return 0;
}

int link_connect(Link *link) {
        links_prepare();
        /* A full backlog makes a blocking connect wait, where another one would fail. */
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        int r = connect_to(fd, link->path);
        if (r < 0) {
                close(fd);
                return r;
        }
        links_lock();
        link->fd = fd;
        list_append(&all, &link->in_all);
        links_unlock();
        return 0;
}

int link_send(Link *link, bool wait) {
        size_t size = buffer_size(&link->out);
        ssize_t n = send(link->fd, buffer_bytes(&link->out) + link->n_sent, size - link->n_sent,
                         MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));

        if (n < 0)
                return -errno;
        link->n_sent += (size_t)n;
        if (link->n_sent == size) {
                buffer_consume(&link->out, size);
                link->n_sent = 0;
        }
        return (int)n;
}

int link_receive(Link *link, bool wait) {
        size_t room = buffer_size(&link->in);

        room = room < RECEIVE_ROOM ? RECEIVE_ROOM : room > RECEIVE_MOST ? RECEIVE_MOST : room;
        int r = buffer_reserve(&link->in, room);
        if (r < 0)
                return r;
        ssize_t n = recv(link->fd, link->in.data + link->in.end, room, wait ? 0 : MSG_DONTWAIT);
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
