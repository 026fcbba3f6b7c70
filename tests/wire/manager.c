/* The service manager of the tests: see manager.h. */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "patience.h"
#include "wire/manager.h"

enum { PASSED_FD = 3 };

Manager manager;

void manager_begin(void) {
        memset(&manager, 0, sizeof(manager));
        manager.fd = -1;
        /* Keeps the numbers from 3 on free in the daemon, for the descriptors that the manager
         * passes. */
        for (int i = 0; i < 16; i++)
                open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void manager_listen(const char *name) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        if (name)
                snprintf(manager.name, sizeof(manager.name), "%s", name);
        else
                snprintf(manager.name, sizeof(manager.name), "@shmgr-test-%d", (int)getpid());
        size_t n = strlen(manager.name);
        memcpy(address.sun_path, manager.name, n);
        if (manager.name[0] == '@')
                address.sun_path[0] = '\0';
        manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(manager.fd, (struct sockaddr *)&address,
                              offsetof(struct sockaddr_un, sun_path) + n),
                         0);
}

void manager_pass_socket(const char *path) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        memcpy(address.sun_path, path, strlen(path));
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
        ck_assert_int_eq(listen(fd, 16), 0);
        manager.passed[manager.n_passed++] = fd;
}

/* The stored descriptors follow the sockets. */
static int pass_store(void) {
        char names[sizeof(manager.store.names) + 32] = "first:second";
        const ManagerStore *store = &manager.store;

        if (store->n == 0)
                return 0;
        names[manager.n_passed > 1 ? strlen("first:second") : manager.n_passed * strlen("first")] =
                '\0';
        for (size_t i = 0; i < store->n; i++) {
                dup2(store->fds[i], PASSED_FD + manager.n_passed + (int)i);
                snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
                         *names ? ":" : "", store->names[i]);
        }
        setenv("LISTEN_FDNAMES", names, 1);
        return (int)store->n;
}

/* Runs in the child, before it executes the daemon. */
static void set_environment(void) {
        char text[32];

        for (int i = 0; i < manager.n_passed; i++)
                if (manager.passed[i] >= 0)
                        dup2(manager.passed[i], PASSED_FD + i);
                else
                        close(PASSED_FD + i);
        if (manager.name[0])
                setenv("NOTIFY_SOCKET", manager.name, 1);
        setenv("LISTEN_FDNAMES", "first:second", 1);
        int n = manager.n_passed + pass_store();
        snprintf(text, sizeof(text), "%d", n);
        if (n || manager.listen_fds)
                setenv("LISTEN_FDS", manager.listen_fds ? manager.listen_fds : text, 1);
        if (manager.fd_store)
                setenv("FDSTORE", manager.fd_store, 1);
        snprintf(text, sizeof(text), "%d", (int)getpid());
        setenv("LISTEN_PID", manager.listen_pid ? manager.listen_pid : text, 1);
        if (manager.watchdog_usec)
                setenv("WATCHDOG_USEC", manager.watchdog_usec, 1);
        setenv("WATCHDOG_PID", manager.watchdog_pid ? manager.watchdog_pid : text, 1);
}

DaemonProcess manager_daemon(void) {
        DaemonProcess d = daemon_process_new();

        d.in_child = set_environment;
        return d;
}

static void store_add(int fd, const char *text) {
        ManagerStore *store = &manager.store;
        const char *name = strstr(text, "FDNAME=");

        ck_assert_msg(store->n < MANAGER_STORE_MAX && name, "%s", text);
        /* Without FDPOLL=0 systemd drops a socket pair whose other end is closed. */
        ck_assert_msg(strstr(text, "FDPOLL=0") != NULL, "%s", text);
        name += strlen("FDNAME=");
        snprintf(store->names[store->n], sizeof(store->names[0]), "%.*s", (int)strcspn(name, "\n"),
                 name);
        store->fds[store->n++] = fd;
}

static void store_remove(const char *text) {
        ManagerStore *store = &manager.store;
        const char *name = strstr(text, "FDNAME=") + strlen("FDNAME=");
        size_t n = 0;

        for (size_t i = 0; i < store->n; i++) {
                if (strcmp(store->names[i], name) == 0) {
                        close(store->fds[i]);
                        continue;
                }
                memmove(store->names[n], store->names[i], sizeof(store->names[0]));
                store->fds[n++] = store->fds[i];
        }
        store->n = n;
}

void manager_drop_store(void) {
        while (manager.store.n > 0)
                close(manager.store.fds[--manager.store.n]);
}

static void take_descriptor(struct msghdr *message, const char *text) {
        const struct cmsghdr *rights = CMSG_FIRSTHDR(message);
        int fd;

        if (!rights)
                return;
        ck_assert_int_eq(rights->cmsg_len, CMSG_LEN(sizeof(int)));
        memcpy(&fd, CMSG_DATA(rights), sizeof(int));
        if (strncmp(text, "FDSTORE=1\n", strlen("FDSTORE=1\n")) == 0)
                store_add(fd, text);
        else
                close(fd);
}

const char *manager_hear(int ms) {
        static char text[2048];
        union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control;
        struct pollfd p = {.fd = manager.fd, .events = POLLIN};
        struct iovec bytes = {.iov_base = text, .iov_len = sizeof(text) - 1};
        struct msghdr message = {.msg_iov = &bytes,
                                 .msg_iovlen = 1,
                                 .msg_control = control.bytes,
                                 .msg_controllen = sizeof(control.bytes)};

        if (poll(&p, 1, ms) != 1)
                return "";
        ssize_t n = recvmsg(manager.fd, &message, MSG_CMSG_CLOEXEC);
        ck_assert_int_ge(n, 0);
        text[n] = '\0';
        take_descriptor(&message, text);
        if (strncmp(text, "FDSTOREREMOVE=1\n", strlen("FDSTOREREMOVE=1\n")) == 0)
                store_remove(text);
        return text;
}

int manager_end_storing(DaemonProcess *d, int signal) {
        const char *text;

        kill(d->pid, signal);
        do {
                text = manager_hear(patience_ms(MANAGER_PATIENCE_MS));
                ck_assert_msg(*text, "the daemon stores nothing");
        } while (strcmp(text, "BARRIER=1") != 0);
        return daemon_process_wait(d);
}

void manager_expect(const char *beginning) {
        const char *text = manager_hear(patience_ms(MANAGER_PATIENCE_MS));

        ck_assert_msg(strncmp(text, beginning, strlen(beginning)) == 0, "expected %s, not '%s'",
                      beginning, text);
}
