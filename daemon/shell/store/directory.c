/* The state directory: checks that it belongs to the daemon's user alone, and locks it against a second daemon. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash-point.h"
#include "store/database.h"

static int fail(char fault[STORE_FAULT_MAX], const char *directory, const char *why, int error) {
        snprintf(fault, STORE_FAULT_MAX, "state directory %s: %s", directory,
                 why ? why : strerror(error));
        return -error;
}

static int check_directory(const char *directory, const struct stat *st,
                           char fault[STORE_FAULT_MAX]) {
        if (!S_ISDIR(st->st_mode))
                return fail(fault, directory, NULL, ENOTDIR);
        if (st->st_uid != geteuid())
                return fail(fault, directory, "it belongs to another user than the daemon's",
                            EACCES);
        if (st->st_mode & 077)
                return fail(fault, directory,
                            "other users may enter it: it needs mode 0700 (chmod 0700)", EACCES);
        return 0;
}

/* Returns the descriptor of the locked file. The lock is held until the descriptor is closed. The program of a planned restart does
 * not inherit it, and locks the directory anew. */
static int lock(int directory_fd, const char *directory, char fault[STORE_FAULT_MAX]) {
        int fd = openat(directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (fd < 0)
                return fail(fault, directory, NULL, errno);
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
                return fd;
        int error = errno;
        close(fd);
        if (error == EWOULDBLOCK)
                return fail(fault, directory, "another daemon uses it", EBUSY);
        return fail(fault, directory, NULL, error);
}

/* The name of a new directory must be on the disk before any file in it counts as stored. If the daemon may not read the parent,
 * the whole file system is synced. */
static int sync_parent(int directory_fd) {
        int fd = openat(directory_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = (fd >= 0 ? fsync(fd) : syncfs(directory_fd)) < 0 ? -errno : 0;

        if (fd >= 0)
                close(fd);
        return r;
}

int store_lock_directory(const char *directory, char fault[STORE_FAULT_MAX]) {
        struct stat st;

        crash_point("directory-make");
        bool is_new = mkdir(directory, 0700) == 0;
        if (!is_new && errno != EEXIST)
                return fail(fault, directory, NULL, errno);
        crash_point("directory-made");
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return fail(fault, directory, NULL, errno);
        int r = fstat(fd, &st) < 0 ? fail(fault, directory, NULL, errno)
                                   : check_directory(directory, &st, fault);
        if (r == 0 && is_new && (r = sync_parent(fd)) < 0)
                r = fail(fault, directory, "its name cannot be written to the disk", -r);
        if (r == 0)
                r = lock(fd, directory, fault);
        crash_point("directory-locked");
        close(fd);
        return r;
}
