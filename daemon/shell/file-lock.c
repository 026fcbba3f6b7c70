/* Locks that belong to the process. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file-lock.h"

int file_lock(int fd) {
        const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

        if (fcntl(fd, F_SETLK, &whole) == 0)
                return 0;
        return errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;
}
