/* Reads the log of a daemon: see daemon-log.h. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "expect.h"
#include "patience.h"
#include "wire/daemon-log.h"

enum { PATIENCE_MS = 60000, PATH_SIZE = 128 };

static void get_path(const DaemonProcess *d, char path[PATH_SIZE]) {
        snprintf(path, PATH_SIZE, "%s/log", d->directory);
}

/* The whole log is read, however long it is: a test that counts lines must not miss one. */
const char *daemon_log_read(const DaemonProcess *d) {
        static char *text;
        static size_t size;
        char path[PATH_SIZE];

        get_path(d, path);
        FILE *log = fopen(path, "re");
        if (!log)
                return "";
        ssize_t n = getdelim(&text, &size, '\0', log);
        fclose(log);
        return n > 0 ? text : "";
}

int daemon_log_count(const DaemonProcess *d, const char *words) {
        int n = 0;

        for (const char *at = daemon_log_read(d); (at = strstr(at, words)); at++)
                n++;
        return n;
}

void daemon_log_expect(const DaemonProcess *d, const char *words) {
        const char *log = daemon_log_read(d);

        ck_assert_msg(strstr(log, words) != NULL, "'%s' is not in the log: %s", words, log);
}

/* The log is watched before it is read, so no line is missed in between. */
void daemon_log_await(const DaemonProcess *d, const char *words) {
        char path[PATH_SIZE], events[1024];
        int fd = inotify_init1(IN_CLOEXEC);
        struct pollfd p = {.fd = fd, .events = POLLIN};

        get_path(d, path);
        EXPECT(fd >= 0 && inotify_add_watch(fd, path, IN_MODIFY) >= 0);
        while (!strstr(daemon_log_read(d), words)) {
                ck_assert_msg(poll(&p, 1, patience_ms(PATIENCE_MS)) > 0, "'%s' does not come: %s",
                              words, daemon_log_read(d));
                EXPECT(read(fd, events, sizeof(events)) > 0);
        }
        close(fd);
}
