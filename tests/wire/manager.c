/* The service manager of the tests. */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
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
        /* The daemon's descriptors from 3 on are free for what it is passed. */
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

/* Runs in the daemon's process, before it is the daemon. */
static void set_environment(void) {
        char text[32];

        for (int i = 0; i < manager.n_passed; i++)
                if (manager.passed[i] >= 0)
                        dup2(manager.passed[i], PASSED_FD + i);
                else
                        close(PASSED_FD + i);
        if (manager.name[0])
                setenv("NOTIFY_SOCKET", manager.name, 1);
        snprintf(text, sizeof(text), "%d", manager.n_passed);
        if (manager.n_passed || manager.listen_fds)
                setenv("LISTEN_FDS", manager.listen_fds ? manager.listen_fds : text, 1);
        setenv("LISTEN_FDNAMES", "first:second", 1);
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

const char *manager_hear(int ms) {
        static char text[2048];
        struct pollfd p = {.fd = manager.fd, .events = POLLIN};

        if (poll(&p, 1, ms) != 1)
                return "";
        ssize_t n = recv(manager.fd, text, sizeof(text) - 1, 0);
        ck_assert_int_ge(n, 0);
        text[n] = '\0';
        return text;
}

void manager_expect(const char *beginning) {
        const char *text = manager_hear(patience_ms(MANAGER_PATIENCE_MS));

        ck_assert_msg(strncmp(text, beginning, strlen(beginning)) == 0, "expected %s, not '%s'",
                      beginning, text);
}
