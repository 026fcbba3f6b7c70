/* Writes to a file or a pipe that blocks: signals and short writes do not end it. */
#include <errno.h>
#include <unistd.h>

#include "write-all.h"

int write_all(int fd, const void *data, size_t n) {
        for (const char *at = data; n > 0;) {
                ssize_t written = write(fd, at, n);
                if (written < 0 && errno != EINTR)
                        return -errno;
                if (written > 0) {
                        at += written;
                        n -= (size_t)written;
                }
        }
        return 0;
}
