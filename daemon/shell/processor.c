/* Looks for bounds in control groups. They are directories: a bound of one applies to all below
 * it. */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "processor.h"

static bool read_file(const char *path, char *text, size_t size) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return false;
        ssize_t n = read(fd, text, size - 1);
        close(fd);
        if (n < 0)
                return false;
        text[n] = '\0';
        return true;
}

/* cpu.max contains "max PERIOD" or "QUOTA PERIOD"; the file of version 1 contains -1 or the
 * quota. */
static bool directory_is_bounded(const char *directory) {
        char path[PATH_MAX + 32], text[64];

        snprintf(path, sizeof(path), "%s/cpu.max", directory);
        if (read_file(path, text, sizeof(text)))
                return strncmp(text, "max", 3) != 0;
        snprintf(path, sizeof(path), "%s/cpu.cfs_quota_us", directory);
        return read_file(path, text, sizeof(text)) && text[0] != '-';
}

/* Checks the group and all its ancestors up to the mount. The mount has the file, too, if it is not
 * the root of the system. */
static bool path_is_bounded(const char *mount, const char *group, size_t n_group) {
        char directory[PATH_MAX];
        int n_mount = snprintf(directory, sizeof(directory), "%s", mount);

        if (n_mount < 0 || (size_t)n_mount + n_group >= sizeof(directory))
                return true;
        memcpy(directory + n_mount, group, n_group);
        directory[(size_t)n_mount + n_group] = '\0';
        for (;;) {
                if (directory_is_bounded(directory))
                        return true;
                char *slash = strrchr(directory + n_mount, '/');
                if (!slash)
                        return false;
                *slash = '\0';
        }
}

/* A line is "NUMBER:CONTROLLERS:PATH"; that of version 2 has no controllers. */
static bool line_is_bounded(const char *line, size_t n, const char *mount) {
        const char *controllers = memchr(line, ':', n), *end = line + n;
        const char *path =
                controllers ? memchr(controllers + 1, ':', (size_t)(end - controllers) - 1) : NULL;
        char older[PATH_MAX];

        if (!path)
                return false;
        size_t n_controllers = (size_t)(path - controllers) - 1;
        path++;
        if (n_controllers == 0)
                return path_is_bounded(mount, path, (size_t)(end - path));
        snprintf(older, sizeof(older), "%s/%.*s", mount, (int)n_controllers, controllers + 1);
        return memmem(controllers, n_controllers + 1, "cpu", 3) &&
               path_is_bounded(older, path, (size_t)(end - path));
}

bool processor_is_bounded(const char *groups, const char *mount) {
        for (const char *line = groups; *line;) {
                size_t n = strcspn(line, "\n");
                if (line_is_bounded(line, n, mount))
                        return true;
                line += n + (line[n] == '\n');
        }
        return false;
}

bool processor_is_free(void) {
        char groups[4096];
        cpu_set_t processors;

        if (sched_getaffinity(0, sizeof(processors), &processors) < 0 || CPU_COUNT(&processors) < 2)
                return false;
        return !read_file("/proc/self/cgroup", groups, sizeof(groups)) ||
               !processor_is_bounded(groups, "/sys/fs/cgroup");
}
