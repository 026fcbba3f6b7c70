/* The advice to a user whose shmgrctl cannot reach the daemon. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "base/macros.h"
#include "unreachable.h"

/* An answer of the daemon always has data; what the library itself finds out about a socket has none. */
bool unreachable_is(shmgr_manager *manager, int error) {
        static const int errors[] = {ENOENT,  ECONNREFUSED, ECONNRESET, EACCES,
                                     ENOTDIR, ENOTSOCK,     EPROTOTYPE, ENAMETOOLONG};

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                if (-error == errors[i])
                        return !shmgr_manager_error_data(manager);
        return false;
}

/* The places in the order in which the library looks at them, up to the one that it took. */
static void tell_places(const char *socket) {
        const char *variable = getenv("SHMGR_SOCKET"), *directory = getenv("XDG_RUNTIME_DIR");
        char path[ADDRESS_MAX];

        if (address_find(socket, path) < 0)
                return;
        fprintf(stderr, "shmgrctl: looked for its socket at:\n");
        if (socket && *socket) {
                fprintf(stderr, "  --socket                      %s\n", path);
                return;
        }
        if (variable && *variable) {
                fprintf(stderr, "  $SHMGR_SOCKET                 %s\n", path);
                return;
        }
        fprintf(stderr, "  $SHMGR_SOCKET                 (is not set)\n");
        if (!directory || !*directory)
                fprintf(stderr, "  $XDG_RUNTIME_DIR/shmgrd.sock  (is not set)\n");
        else if (access(path, F_OK) < 0)
                fprintf(stderr, "  $XDG_RUNTIME_DIR/shmgrd.sock  %s/shmgrd.sock (is not there)\n",
                        directory);
        fprintf(stderr, "  and so used                   %s\n", path);
}

static void tell_how_to_start(void) {
        fprintf(stderr,
                "shmgrctl: to start a daemon, do one of:\n"
                "  systemctl start shmgrd.socket         as root, for all members of a group\n"
                "  systemctl --user start shmgrd.socket  for yourself\n"
                "  shmgrd --socket=PATH &                by hand; then shmgrctl --socket=PATH,\n"
                "                                        or SHMGR_SOCKET=PATH\n");
}

/* The socket is there, and its bits say no. */
static void tell_who_may(const char *socket) {
        const struct passwd *user = getpwuid(geteuid());
        char path[ADDRESS_MAX];
        struct stat st;

        if (address_find(socket, path) < 0 || stat(path, &st) < 0)
                return;
        const struct group *group = getgrgid(st.st_gid);
        fprintf(stderr, "shmgrctl: %s is for uid %u", path, (unsigned)st.st_uid);
        if (!(st.st_mode & S_IWGRP) || !group) {
                fprintf(stderr, " alone (mode %04o)\n", (unsigned)(st.st_mode & 07777));
                return;
        }
        fprintf(stderr,
                " and members of group %s (mode %04o)\n"
                "shmgrctl: to become one: usermod -aG %s %s, as root; then log in again\n",
                group->gr_name, (unsigned)(st.st_mode & 07777), group->gr_name,
                user ? user->pw_name : "USER");
}

void unreachable_explain(const char *socket, int error) {
        if (error == -EACCES)
                tell_who_may(socket);
        else {
                tell_places(socket);
                tell_how_to_start();
        }
}
