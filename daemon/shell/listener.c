/* The listening socket: makes it, accepts connections, and removes it.
 *
 * Must never happen: two daemons serve one path; a daemon removes a socket that is not its own. So
 * a start has these steps, and each failure ends it with a message that says what to do:
 *
 *   check_directory()   not every user can write to the directory
 *   lock_path()         PATH.lock is locked as long as the daemon runs; of several daemons that start at
 *                       once one wins
 *   clear_path()        an existing socket is removed only if it belongs to this user and a connection to
 *                       it is refused
 *   bind_path()         the socket is made without permissions, then gets its group, then its mode
 *
 * At the end the socket is removed only if it is the file that this daemon made (has_path()). A
 * socket that systemd passes is adopted: it has no lock and is never removed. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "clock.h"
#include "file-lock.h"
#include "listener.h"
#include "log.h"
#include "options/options.h"

enum {
        ACCEPTS_PER_TURN = 64,
        BACKLOG = 1024,
        RETRY_MS = 200,
        QUIET_S = 60, /* between two equal lines in the log */
        ORPHAN_TRIES = 500,
        ORPHAN_NAP_MS = 10,
};

static int make_address(const char *path, struct sockaddr_un *ret) {
        size_t n = strlen(path);

        *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
        if (n >= sizeof(ret->sun_path)) {
                log_error("%s: a socket's path has at most %zu bytes", path,
                          sizeof(ret->sun_path) - 1);
                return -ENAMETOOLONG;
        }
        memcpy(ret->sun_path, path, n);
        return 0;
}

/* Locks PATH.lock: of several daemons that start at once on one path, the one with the lock wins.
 * The file stays in place, since after its removal two daemons could win. */
static int lock_path(Listener *l, const char *path) {
        CLEANUP(freep) char *lock = NULL;

        if (asprintf(&lock, "%s.lock", path) < 0)
                return -ENOMEM;
        l->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (l->lock_fd < 0) {
                log_error("%s: %m", lock);
                return -errno;
        }
        int r = file_lock(l->lock_fd);
        if (r == -EWOULDBLOCK) {
                log_error("%s: another shmgrd runs on this socket", path);
                return -EADDRINUSE;
        }
        if (r < 0)
                log_error("%s: %s", lock, strerror(-r));
        return r;
}

/* In a directory that every user can write to, any user could replace the socket, unless the sticky
 * bit protects files from other users. */
static int check_directory(const char *path) {
        const char *slash = strrchr(path, '/');
        CLEANUP(freep)
        char *directory = slash == path ? strdup("/")
                          : slash       ? strndup(path, (size_t)(slash - path))
                                        : strdup(".");
        struct stat st;

        if (!directory)
                return -ENOMEM;
        if (stat(directory, &st) < 0) {
                int error = errno;
                log_error("%s: %s%s", directory, strerror(error),
                          error == ENOENT ? "; create the directory, or use another path (--socket)"
                                          : "");
                return -error;
        }
        if (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX)) {
                log_error("%s is writable for all users and has no sticky bit: any of them could "
                          "replace the socket; run chmod o-w or chmod +t on it",
                          directory);
                return -EACCES;
        }
        return 0;
}

/* Returns the error of a connection to the address, or 0. *ret_is_orphan tells whether the process
 * that made the socket has exited. */
static int try_connection(const struct sockaddr_un *address, bool *ret_is_orphan) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int error = fd < 0 ? errno : 0;
        struct ucred peer = {.pid = 0};
        socklen_t n = sizeof(peer);

        if (error == 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
                error = errno;
        else if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0)
                peer.pid = 0;
        *ret_is_orphan = peer.pid > 0 && kill(peer.pid, 0) < 0 && errno == ESRCH;
        if (fd >= 0)
                close(fd);
        return error;
}

/* Returns 0 if no process listens, which only a refused connection proves. A socket to which this
 * user may not connect, or one of another type, may be in use. A child that a killed daemon has
 * just forked (handover/trial.c) closes the socket first of all, so a socket whose maker is dead
 * gets some time for that. */
static int expect_dead(const char *path, const struct sockaddr_un *address) {
        bool is_orphan;
        int error = try_connection(address, &is_orphan);

        for (int i = 0; error == 0 && is_orphan && i < ORPHAN_TRIES; i++) {
                nanosleep(&(struct timespec){.tv_nsec = ORPHAN_NAP_MS * 1000000}, NULL);
                error = try_connection(address, &is_orphan);
        }
        if (error == ECONNREFUSED)
                return 0;
        if (error == 0 || error == EAGAIN)
                log_error("%s: a program listens on this socket already: end it, or use another "
                          "path (--socket)",
                          path);
        else
                log_error("%s: cannot find out whether a program listens on this socket: %s; if "
                          "none does, remove the file",
                          path, strerror(error));
        return -EADDRINUSE;
}

/* Root may remove any file, but the socket of another user belongs to that user, whose daemon may
 * only be stopped for a while. */
static int expect_own(const char *path, const struct stat *st) {
        if (!S_ISSOCK(st->st_mode)) {
                log_error("%s exists and is not a socket, so it is left in place: remove it, or "
                          "use another path (--socket)",
                          path);
                return -EEXIST;
        }
        if (st->st_uid != geteuid()) {
                log_error("%s is a socket of uid %u, and this daemon runs as uid %u, so it is left "
                          "in place: run the daemon as that user, remove the file, or use another "
                          "path (--socket)",
                          path, st->st_uid, geteuid());
                return -EEXIST;
        }
        return 0;
}

/* Returns 0 if the path does not exist, 1 if it is a socket of this user, or a negative errno after
 * logging it. */
static int find_own(const char *path) {
        struct stat st;

        if (lstat(path, &st) < 0) {
                if (errno == ENOENT)
                        return 0;
                log_error("%s: %m", path);
                return -errno;
        }
        int r = expect_own(path, &st);
        return r < 0 ? r : 1;
}

/* Removes a socket that a dead daemon of the same user left behind, and no other file. */
static int clear_path(const char *path, const struct sockaddr_un *address) {
        int r = find_own(path);

        if (r <= 0)
                return r;
        r = expect_dead(path, address);
        if (r < 0)
                return r;
        if (unlink(path) < 0) {
                log_error("%s: no daemon listens on this socket, but it cannot be removed: %m",
                          path);
                return -errno;
        }
        log_info("%s: replaced the socket of a daemon that has exited", path);
        return 0;
}

static int find_group(const char *name, gid_t *ret) {
        const struct group *group = getgrnam(name);
        char *end;

        if (group) {
                *ret = group->gr_gid;
                return 0;
        }
        unsigned long n = strtoul(name, &end, 10);
        if (*end || n > UINT32_MAX - 1) {
                log_error("the group '%s' does not exist", name);
                return -ENOENT;
        }
        *ret = n;
        return 0;
}

/* The socket was made without permissions. It gets its mode only after its group. */
static int set_permissions(const char *path, const Options *options) {
        gid_t gid;

        if (options->group) {
                int r = find_group(options->group, &gid);
                if (r < 0)
                        return r;
                if (lchown(path, -1, gid) < 0) {
                        log_error("%s: cannot change the group of the socket to %s: %m", path,
                                  options->group);
                        return -errno;
                }
        }
        if (chmod(path, options->mode) < 0) {
                log_error("%s: %m", path);
                return -errno;
        }
        return 0;
}

static int bind_path(Listener *l, const struct sockaddr_un *address, const Options *options) {
        struct stat st;

        l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (l->fd < 0)
                return -errno;
        mode_t mask = umask(0777);
        int r = bind(l->fd, (const struct sockaddr *)address, sizeof(*address));
        int error = errno;
        umask(mask);
        if (r < 0) {
                log_error("%s: cannot listen there: %s", options->socket, strerror(error));
                return -error;
        }
        l->path = strdup(options->socket);
        if (!l->path || lstat(l->path, &st) < 0)
                return -ENOMEM;
        l->dev = st.st_dev;
        l->ino = st.st_ino;
        r = set_permissions(options->socket, options);
        if (r < 0)
                return r;
        return listen(l->fd, BACKLOG) < 0 ? -errno : 0;
}

int listener_open(Listener *l, const Options *options) {
        struct sockaddr_un address;

        *l = (Listener){.fd = -1, .lock_fd = -1};
        int r = make_address(options->socket, &address);
        if (r == 0)
                r = check_directory(options->socket);
        /* No lock file is created beside a path that is refused. The path is examined again under
         * the lock. */
        if (r == 0)
                r = find_own(options->socket);
        if (r >= 0)
                r = lock_path(l, options->socket);
        if (r == 0)
                r = clear_path(options->socket, &address);
        return r == 0 ? bind_path(l, &address, options) : r;
}

void listener_adopt(Listener *l, int fd) {
        *l = (Listener){.fd = fd, .lock_fd = -1};
}

/* Without a free descriptor no connection can be accepted, and libevent would report it again at
 * once, in a busy loop. So the listener rests until a descriptor is closed (listener_resume()), or
 * for RETRY_MS, and longer if memory for its event runs out then. It has one of its events at any
 * time: otherwise it would never accept again. */
static void listener_rest(Listener *l, int error) {
        const struct timeval delay = {.tv_usec = RETRY_MS * 1000};
        int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

        /* Clients can cause this as often as they like, so the line is limited. */
        if (!l->said_full_ns || now_ns - l->said_full_ns > QUIET_S * 1000000000LL) {
                log_warning("no connections are accepted for now: %s", strerror(error));
                l->said_full_ns = now_ns;
        }
        if (event_add(l->on_retry, &delay) == 0)
                event_del(l->on_connection);
}

void listener_resume(Listener *l) {
        if (!l->on_retry || !event_pending(l->on_retry, EV_TIMEOUT, NULL))
                return;
        if (event_add(l->on_connection, NULL) == 0)
                event_del(l->on_retry);
}

static void on_retry(evutil_socket_t fd, short events, void *userdata) {
        Listener *l = userdata;

        if (event_add(l->on_connection, NULL) < 0)
                listener_rest(l, errno);
}

static void on_connection(evutil_socket_t fd, short events, void *userdata) {
        Listener *l = userdata;

        for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
                int client = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                if (client >= 0) {
                        l->on_accept(l->userdata, client);
                        continue;
                }
                if (errno == EINTR || errno == ECONNABORTED)
                        continue;
                if (errno != EAGAIN)
                        listener_rest(l, errno);
                return;
        }
}

int listener_start(Listener *l, struct event_base *base, OnAccept on_accept, void *userdata) {
        l->on_accept = on_accept;
        l->userdata = userdata;
        /* A lock that the previous process could not pass ended with it (handover/fd-store.c). A
         * daemon that has it now finds that this socket is in use, and ends: -EWOULDBLOCK is no
         * fault. */
        int r = l->lock_fd >= 0 ? file_lock(l->lock_fd) : 0;
        if (r < 0 && r != -EWOULDBLOCK)
                log_warning("the lock of the socket is not held: %s", strerror(-r));
        l->on_connection = event_new(base, l->fd, EV_READ | EV_PERSIST, on_connection, l);
        l->on_retry = evtimer_new(base, on_retry, l);
        if (!l->on_connection || !l->on_retry || event_add(l->on_connection, NULL) < 0)
                return -ENOMEM;
        return 0;
}

/* Returns whether the file at the path is the one that this daemon made. */
static bool has_path(const Listener *l) {
        struct stat st;

        return l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino;
}

void listener_check_path(Listener *l) {
        if (!l->path || l->said_lost || has_path(l))
                return;
        l->said_lost = true;
        log_error("%s was removed or replaced: no new client can find this daemon; restart it",
                  l->path);
}

void listener_close(Listener *l) {
        if (l->on_connection)
                event_free(l->on_connection);
        if (l->on_retry)
                event_free(l->on_retry);
        if (l->fd >= 0)
                close(l->fd);
        if (has_path(l))
                unlink(l->path);
        if (l->lock_fd >= 0)
                close(l->lock_fd);
        free(l->path);
        *l = (Listener){.fd = -1, .lock_fd = -1};
}
