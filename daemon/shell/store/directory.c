/* The state directory: checks that it and its files belong to the daemon's user alone, and locks it
 * against a second daemon.
 *
 * Nothing in a directory is made or changed before it has passed these checks. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"
#include "crash-point.h"
#include "file-lock.h"
#include "store/database.h"

static int fail(char fault[STORE_FAULT_MAX], const char *directory, const char *why, int error) {
        snprintf(fault, STORE_FAULT_MAX, "state directory %s: %s", directory,
                 why ? why : strerror(error));
        return -error;
}

static int check_directory(const char *directory, const struct stat *st,
                           char fault[STORE_FAULT_MAX]) {
        if (st->st_uid != geteuid()) {
                snprintf(fault, STORE_FAULT_MAX,
                         "state directory %s: it belongs to uid %u, and the daemon runs as uid %u",
                         directory, (unsigned)st->st_uid, (unsigned)geteuid());
                return -EACCES;
        }
        if (st->st_mode & 077) {
                snprintf(fault, STORE_FAULT_MAX,
                         "state directory %s: other users may enter it: its mode is %04o, and it "
                         "needs 0700 (chmod 0700)",
                         directory, (unsigned)st->st_mode & 07777);
                return -EACCES;
        }
        return 0;
}

/* A file of another user could be changed by that user, through a descriptor or another name that
 * the user has kept. A file that is missing is made later. */
static int check_file(int directory_fd, const char *directory, const char *name,
                      char fault[STORE_FAULT_MAX]) {
        struct stat st;

        if (fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : fail(fault, directory, NULL, errno);
        if (!S_ISREG(st.st_mode)) {
                snprintf(fault, STORE_FAULT_MAX,
                         "state directory %s: %s in it is not a regular file: move it away",
                         directory, name);
                return -EACCES;
        }
        if (st.st_uid != geteuid()) {
                snprintf(fault, STORE_FAULT_MAX,
                         "state directory %s: %s in it belongs to uid %u, and the daemon runs as "
                         "uid %u (chown)",
                         directory, name, (unsigned)st.st_uid, (unsigned)geteuid());
                return -EACCES;
        }
        return 0;
}

static int check_files(int directory_fd, const char *directory, char fault[STORE_FAULT_MAX]) {
        static const char *const names[] = {"lock", STORE_FILE, STORE_FILE "-wal",
                                            STORE_FILE "-shm", STORE_FILE "-journal"};
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(names); i++)
                r = check_file(directory_fd, directory, names[i], fault);
        return r;
}

/* Returns whether the descriptor that the previous program passed is the lock of this directory. */
static bool is_lock_of(int directory_fd, int lock_fd) {
        struct stat passed, there;

        return lock_fd >= 0 && fstat(lock_fd, &passed) == 0 &&
               fstatat(directory_fd, "lock", &there, AT_SYMLINK_NOFOLLOW) == 0 &&
               passed.st_dev == there.st_dev && passed.st_ino == there.st_ino;
}

/* Returns the descriptor of the locked file. The lock is held until the descriptor is closed. */
static int lock(int directory_fd, const char *directory, int passed_fd,
                char fault[STORE_FAULT_MAX]) {
        bool is_passed = is_lock_of(directory_fd, passed_fd);
        int fd = is_passed ? passed_fd
                           : openat(directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                                    0600);

        if (fd < 0)
                return fail(fault, directory, NULL, errno);
        int r = file_lock(fd);
        if (r == 0)
                return fd;
        if (!is_passed)
                close(fd);
        if (r == -EWOULDBLOCK)
                return fail(fault, directory, "another daemon uses it", EBUSY);
        return fail(fault, directory, NULL, -r);
}

/* The name of a new directory must be on the disk before any file in it counts as stored. If the
 * daemon may not read the parent, the whole file system is synced. */
static int sync_parent(int directory_fd) {
        int fd = openat(directory_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = (fd >= 0 ? fsync(fd) : syncfs(directory_fd)) < 0 ? -errno : 0;

        if (fd >= 0)
                close(fd);
        return r;
}

/* Without a database the directory is new: this daemon made it, or another one that was killed then. */
static bool has_database(int directory_fd) {
        struct stat st;

        return fstatat(directory_fd, STORE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Opens the directory itself: a link could be replaced by the user whom it belongs to. */
static int open_directory(const char *directory, char fault[STORE_FAULT_MAX]) {
        struct stat st;
        int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd >= 0)
                return fd;
        int error = errno;
        if (lstat(directory, &st) == 0 && S_ISLNK(st.st_mode))
                return fail(fault, directory,
                            "it is a symbolic link: name the directory that it leads to", ELOOP);
        return fail(fault, directory, NULL, error);
}

int store_lock(const char *directory, int passed_fd, char fault[STORE_FAULT_MAX]) {
        struct stat st;

        crash_point("directory-make");
        if (mkdir(directory, 0700) < 0 && errno != EEXIST)
                return fail(fault, directory, NULL, errno);
        crash_point("directory-made");
        int fd = open_directory(directory, fault);
        if (fd < 0)
                return fd;
        int r = fstat(fd, &st) < 0 ? fail(fault, directory, NULL, errno)
                                   : check_directory(directory, &st, fault);
        if (r == 0)
                r = check_files(fd, directory, fault);
        if (r == 0 && !has_database(fd) && (r = sync_parent(fd)) < 0)
                r = fail(fault, directory, "its name cannot be written to the disk", -r);
        if (r == 0)
                r = lock(fd, directory, passed_fd, fault);
        crash_point("directory-locked");
        close(fd);
        return r;
}
