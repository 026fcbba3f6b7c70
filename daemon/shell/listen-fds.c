/* Takes passed sockets and checks them. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen-fds.h"
#include "log.h"

static bool read_variable(const char *name, unsigned long *ret) {
        const char *text = getenv(name);
        char *end;

        if (!text || *text < '0' || *text > '9')
                return false;
        errno = 0;
        *ret = strtoul(text, &end, 10);
        return errno == 0 && *end == '\0';
}

static void forget_variables(void) {
        unsetenv("LISTEN_PID");
        unsetenv("LISTEN_FDS");
        unsetenv("LISTEN_FDNAMES");
}

/* Finds the name of the i-th descriptor, for messages. */
static void find_name(unsigned i, char *name, size_t size) {
        const char *at = getenv("LISTEN_FDNAMES");

        for (; at && i > 0; i--) {
                at = strchr(at, ':');
                at = at ? at + 1 : NULL;
        }
        snprintf(name, size, "%.*s", at ? (int)strcspn(at, ":") : 7, at ? at : "unnamed");
}

static int get_option(int fd, int option) {
        int value = -1;
        socklen_t size = sizeof(value);

        return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -errno : value;
}

/* Returns what is wrong with the descriptor, or NULL. */
static const char *find_fault(int fd) {
        int domain = get_option(fd, SO_DOMAIN);

        if (domain == -EBADF)
                return "is not open";
        if (domain < 0)
                return "is not a socket";
        if (domain != AF_UNIX)
                return "is not a Unix domain socket";
        if (get_option(fd, SO_TYPE) != SOCK_STREAM)
                return "is not a stream socket: the unit needs ListenStream=";
        if (get_option(fd, SO_ACCEPTCONN) != 1)
                return "does not listen: the unit needs Accept=no";
        return NULL;
}

static int take_listener(PassedFds *passed, int fd, const char *name) {
        const char *fault = find_fault(fd);

        if (!fault && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
                passed->listeners[passed->n_listeners++] = fd;
                return 0;
        }
        log_error("descriptor %d (%s), passed by the service manager, %s", fd, name,
                  fault ? fault : strerror(errno));
        return -EINVAL;
}

static int take(PassedFds *passed, int fd) {
        char name[64];

        find_name((unsigned)(fd - LISTEN_FDS_START), name, sizeof(name));
        if (strcmp(name, STORED_IMAGE) != 0 && strcmp(name, STORED_PAIR) != 0)
                return take_listener(passed, fd, name);
        bool is_image = strcmp(name, STORED_IMAGE) == 0;
        size_t *n = is_image ? &passed->n_images : &passed->pack.n_pairs;
        if (*n == (is_image ? PASSED_IMAGES_MAX : PACK_PAIRS_MAX) ||
            fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
                log_error("descriptor %d (%s), passed by the service manager, is not open, or "
                          "exceeds their number",
                          fd, name);
                return -EINVAL;
        }
        (is_image ? passed->images : passed->pack.pairs)[(*n)++] = fd;
        return 0;
}

static size_t count_listeners(size_t n) {
        size_t n_listeners = 0;
        char name[64];

        for (size_t i = 0; i < n; i++) {
                find_name((unsigned)i, name, sizeof(name));
                n_listeners += strcmp(name, STORED_IMAGE) != 0 && strcmp(name, STORED_PAIR) != 0;
        }
        return n_listeners;
}

int listen_fds_take(PassedFds *ret) {
        unsigned long pid, n = 0;
        int r = 0;

        *ret = (PassedFds){.n_listeners = 0};
        /* The variables may be inherited, and meant for the parent. */
        if (!getenv("LISTEN_FDS") || !read_variable("LISTEN_PID", &pid) ||
            pid != (unsigned long)getpid())
                return 0;
        if (!read_variable("LISTEN_FDS", &n) ||
            n > LISTEN_FDS_MAX + PACK_PAIRS_MAX + PASSED_IMAGES_MAX ||
            count_listeners(n) > LISTEN_FDS_MAX) {
                log_error("LISTEN_FDS is '%.20s': the service manager may pass up to %d sockets",
                          getenv("LISTEN_FDS"), LISTEN_FDS_MAX);
                r = -EINVAL;
        }
        for (unsigned long i = 0; r == 0 && i < n; i++)
                r = take(ret, LISTEN_FDS_START + (int)i);
        forget_variables();
        return r;
}
