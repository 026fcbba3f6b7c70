/* Finds the path of the daemon's socket. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "address.h"

#define SYSTEM_SOCKET    "/run/shmgrd/shmgrd.sock"
#define USER_DIRECTORIES "/run/user"

static int address_set(char ret[ADDRESS_MAX], const char *directory, const char *path) {
        int n = snprintf(ret, ADDRESS_MAX, "%s%s", directory, path);

        return n < ADDRESS_MAX ? 0 : -ENAMETOOLONG;
}

static const char *runtime_directory(void) {
        const char *directory = getenv("XDG_RUNTIME_DIR");

        return directory && *directory ? directory : NULL;
}

int address_of_user(char ret[ADDRESS_MAX]) {
        const char *directory = runtime_directory();
        char usual[sizeof(USER_DIRECTORIES) + 16];

        snprintf(usual, sizeof(usual), USER_DIRECTORIES "/%u", (unsigned)geteuid());
        return address_set(ret, directory ? directory : usual, "/shmgrd.sock");
}

const char *address_user_source(void) {
        return runtime_directory() ? "$XDG_RUNTIME_DIR" : USER_DIRECTORIES "/UID";
}

/* A path that the environment does not name is used only if the socket is the user's own: the directory exists as long
 * as the user has a session, and nobody else may write to it, but this process did not choose it. */
static int is_usable(const char *path) {
        struct stat st;

        return stat(path, &st) == 0 && (runtime_directory() || st.st_uid == geteuid());
}

int address_find(const char *given, char ret[ADDRESS_MAX]) {
        const char *path = given ? given : getenv("SHMGR_SOCKET");

        if (path && *path)
                return address_set(ret, "", path);
        if (address_of_user(ret) == 0 && is_usable(ret))
                return 0;
        return address_set(ret, "", SYSTEM_SOCKET);
}
