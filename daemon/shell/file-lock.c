/* Locks that belong to the process, or for a while to the open file. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "file-lock.h"

/* The process that has the lock on the first byte owns the file. A lock that is passed to another
 * process covers the other bytes. */
enum { FIRST = 1, REST = 0 /* to the end, however long the file is */ };

static int lock(int fd, int how, short type, off_t from, off_t n) {
        struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = n};

        if (fcntl(fd, how, &range) == 0)
                return 0;
        return errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;
}

int file_lock(int fd) {
        int r = lock(fd, F_SETLK, F_WRLCK, 0, FIRST);

        if (r < 0)
                return r;
        file_lock_drop(fd);
        r = lock(fd, F_SETLK, F_WRLCK, 0, REST);
        if (r < 0)
                lock(fd, F_SETLK, F_UNLCK, 0, REST);
        return r;
}

int file_lock_pass(int fd) {
        int r = lock(fd, F_SETLK, F_UNLCK, FIRST, REST);

        if (r == 0)
                r = lock(fd, F_OFD_SETLK, F_WRLCK, FIRST, REST);
        if (r < 0)
                lock(fd, F_SETLK, F_WRLCK, 0, REST);
        return r;
}

void file_lock_drop(int fd) {
        lock(fd, F_OFD_SETLK, F_UNLCK, FIRST, REST);
}
