/* The message to a user whose shmgrctl cannot reach the daemon. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"
#include "base/macros.h"
#include "shown.h"
#include "status.h"
#include "unreachable.h"

#define SYSTEM_DIRECTORY "/run/shmgrd"

/* An error of the daemon always has data; one that the library detected has none. */
bool unreachable_is(shmgr_manager *manager, int error) {
        static const int errors[] = {ENOENT,  ECONNREFUSED, ECONNRESET, EACCES,
                                     ENOTDIR, ENOTSOCK,     EPROTOTYPE, ENAMETOOLONG};

        for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                if (-error == errors[i])
                        return !shmgr_manager_error_data(manager);
        return false;
}

/* Prints a line of the list of places: the source of the path, and the path or why it was
 * skipped. */
static void print_place(const char *source, const char *path, const char *why_not) {
        CLEANUP(buffer_deinit) Buffer shown = {0};

        if (shown_append(&shown, path, strlen(path), "") == 0)
                fprintf(stderr, "  %-30s%.*s%s\n", source, (int)buffer_size(&shown),
                        *path ? buffer_bytes(&shown) : "", why_not);
}

static bool is_set(const char *text) {
        return text && *text;
}

/* Prints the places in the order in which the library tries them, up to the one that it used. */
static void print_places(const char *socket, const char *path) {
        const char *variable = getenv("SHMGR_SOCKET");
        char user_path[ADDRESS_MAX];

        fprintf(stderr, "shmgrctl: the socket was looked for at:\n");
        if (is_set(socket)) {
                print_place("--socket", path, "");
                return;
        }
        if (is_set(variable)) {
                print_place("$SHMGR_SOCKET", path, "");
                return;
        }
        print_place("$SHMGR_SOCKET", "", "(not set)");
        if (address_of_user(user_path) < 0)
                print_place("the user's directory", "", "(there is none)");
        else if (strcmp(user_path, path) != 0)
                print_place(address_user_source(), user_path, " (does not exist)");
        print_place("used", path, "");
}

static void print_ways_to_start(void) {
        fprintf(stderr,
                "shmgrctl: to start a daemon:\n"
                "  systemctl start shmgrd.socket         as root, for all members of its group\n"
                "  systemctl --user start shmgrd.socket  for yourself\n"
                "  shmgrd --socket=PATH &                by hand; then shmgrctl --socket=PATH,\n"
                "                                        or SHMGR_SOCKET=PATH\n");
}

/* Returns the command that starts a daemon at the default socket of this user. The service manager
 * makes the directory of root's. */
static const char *start_command(void) {
        if (geteuid() == 0 && access(SYSTEM_DIRECTORY, F_OK) < 0)
                return "mkdir " SYSTEM_DIRECTORY " && shmgrd &";
        return "shmgrd &";
}

/* A service manager starts a daemon at one of the default sockets, which is no help with a socket
 * that the user named. */
static void print_advice(const char *socket, const char *path, bool is_verbose) {
        const char *more = is_verbose ? "" : "; -v shows where its socket was looked for";

        if (is_set(socket))
                status_note("start one there with 'shmgrd --socket=%s &'%s", path, more);
        else if (is_set(getenv("SHMGR_SOCKET")))
                status_note("$SHMGR_SOCKET names that socket: start a daemon there with "
                            "'shmgrd --socket=%s &', or unset the variable%s",
                            path, more);
        else
                status_note("start one with 'systemctl%s start shmgrd.socket' or '%s'%s",
                            geteuid() == 0 ? "" : " --user", start_command(), more);
}

static int explain_missing(const char *socket, const char *path, int error, bool is_verbose) {
        char text[ADDRESS_MAX + 100];

        snprintf(text, sizeof(text), "cannot connect to the daemon at %s: %s", path,
                 strerror(-error));
        status_refused(STATUS_NO_DAEMON, NULL, error, text, NULL);
        if (status_is_json())
                return STATUS_NO_DAEMON;
        print_advice(socket, path, is_verbose);
        if (is_verbose) {
                print_places(socket, path);
                print_ways_to_start();
        }
        return STATUS_NO_DAEMON;
}

/* Explains EACCES: the socket exists, but its mode excludes this user. */
static int explain_denied(const char *path) {
        const struct passwd *user = getpwuid(geteuid());
        struct stat st;

        if (stat(path, &st) < 0)
                return status_error(STATUS_NO_DAEMON, "cannot connect to the daemon at %s: %s",
                                    path, strerror(EACCES));
        const struct group *group = st.st_mode & S_IWGRP ? getgrgid(st.st_gid) : NULL;
        status_error(STATUS_NO_DAEMON,
                     "cannot connect to the daemon at %s: only uid %u%s%s may (mode %04o)", path,
                     (unsigned)st.st_uid, group ? " and the group " : "",
                     group ? group->gr_name : "", (unsigned)(st.st_mode & 07777));
        if (group && !status_is_json())
                status_note("to join the group: 'usermod -aG %s %s' as root, then log in again",
                            group->gr_name, user ? user->pw_name : "USER");
        return STATUS_NO_DAEMON;
}

/* A daemon cannot be started at the path of another kind of file. */
static bool is_no_socket(const char *path) {
        struct stat st;

        return stat(path, &st) == 0 && !S_ISSOCK(st.st_mode);
}

int unreachable_explain(const char *socket, int error, bool is_verbose) {
        char path[ADDRESS_MAX];

        if (address_find(socket, path) < 0)
                return status_error(STATUS_NO_DAEMON, "the path of the socket is too long");
        if (is_no_socket(path))
                return status_error(STATUS_NO_DAEMON,
                                    "cannot connect to the daemon at %s: it is not a socket", path);
        return error == -EACCES ? explain_denied(path)
                                : explain_missing(socket, path, error, is_verbose);
}
