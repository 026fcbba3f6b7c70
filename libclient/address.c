/* The daemon's address. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"

#define SYSTEM_SOCKET "/run/shmgrd/shmgrd.sock"

static int address_set(char ret[ADDRESS_MAX], const char *directory, const char *path) {
        int n = snprintf(ret, ADDRESS_MAX, "%s%s", directory, path);

        return n < ADDRESS_MAX ? 0 : -ENAMETOOLONG;
}

int address_find(const char *given, char ret[ADDRESS_MAX]) {
        const char *path = given ? given : getenv("SHMGR_SOCKET");
        const char *directory = getenv("XDG_RUNTIME_DIR");

        if (path && *path)
                return address_set(ret, "", path);
        if (directory && *directory && address_set(ret, directory, "/shmgrd.sock") == 0 &&
            access(ret, F_OK) == 0)
                return 0;
        return address_set(ret, "", SYSTEM_SOCKET);
}
