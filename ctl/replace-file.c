/* Replaces a file atomically: its readers find either the old contents or the new ones. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"
#include "replace-file.h"
#include "write-all.h"

/* Returns a path in the directory of the file, so that rename(2) works, and with a leading dot, so
 * that *.prom does not match it. */
static char *temporary_beside(const char *path) {
        const char *slash = strrchr(path, '/');
        int n_directory = slash ? (int)(slash - path) + 1 : 0;
        char *name;

        return asprintf(&name, "%.*s.%s.XXXXXX", n_directory, path, path + n_directory) < 0 ? NULL
                                                                                            : name;
}

int replace_file(const char *path, const char *data, size_t n) {
        CLEANUP(freep) char *temporary = temporary_beside(path);
        int fd = temporary ? mkostemp(temporary, O_CLOEXEC) : -1;

        if (fd < 0)
                return temporary ? -errno : -ENOMEM;
        int r = write_all(fd, data, n);
        if (r == 0 && fchmod(fd, 0644) < 0)
                r = -errno;
        if (close(fd) < 0 && r == 0)
                r = -errno;
        if (r == 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                unlink(temporary);
        return r;
}
