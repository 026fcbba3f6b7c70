/* The program of the daemon. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"
#include "handover/program.h"

#define RUNNING "/proc/self/exe"
#define MAPS    "/proc/self/maps"

/* Returns whether the path leads to the running program. */
static bool is_running(const char *path) {
        struct stat running, there;

        return stat(RUNNING, &running) == 0 && stat(path, &there) == 0 &&
               running.st_dev == there.st_dev && running.st_ino == there.st_ino;
}

/* Returns the path by which the daemon was called. A symbolic link in it is not resolved, since a
 * package may later point it to a newer program. */
static char *path_of_call(const char *argv0) {
        CLEANUP(freep) char *directory = NULL, *path = NULL;

        if (!strchr(argv0, '/'))
                return NULL;
        directory = *argv0 == '/' ? strdup("") : realpath(".", NULL);
        if (!directory || asprintf(&path, "%s%s%s", directory, *directory ? "/" : "", argv0) < 0)
                path = NULL;
        return path && is_running(path) ? TAKE_PTR(path) : NULL;
}

static char *path_of_process(void) {
        char path[PATH_MAX];
        ssize_t n = readlink(RUNNING, path, sizeof(path) - 1);

        if (n <= 0)
                return NULL;
        path[n] = '\0';
        return is_running(path) ? strdup(path) : NULL;
}

void program_init(Program *program, const char *argv0) {
        program->path = path_of_call(argv0);
        if (!program->path)
                program->path = path_of_process();
}

void program_deinit(Program *program) {
        free(program->path);
        program->path = NULL;
}

/* Returns whether the line of maps is code of a file that is no longer at its path:
 *
 *   7f29d8000000-7f29d8200000 r-xp 00028000 fe:00 1234   /usr/lib/libevent-2.1.so.7 (deleted) */
static bool is_deleted_code(const char *line) {
        static const char mark[] = " (deleted)\n";
        const char *access = strchr(line, ' '), *path = strchr(line, '/');
        size_t n = strlen(line);

        return access && path && access[3] == 'x' && n >= strlen(mark) &&
               strcmp(line + n - strlen(mark), mark) == 0;
}

static bool runs_deleted_code(void) {
        CLEANUP(freep) char *line = NULL;
        bool is_deleted = false;
        size_t size = 0;
        FILE *maps = fopen(MAPS, "re");

        if (!maps)
                return false;
        while (!is_deleted && getline(&line, &size, maps) > 0)
                is_deleted = is_deleted_code(line);
        fclose(maps);
        return is_deleted;
}

bool program_has_changed(const Program *program) {
        struct stat st;

        return program->path && stat(RUNNING, &st) == 0 && stat(program->path, &st) == 0 &&
               (!is_running(program->path) || runs_deleted_code());
}

int program_open_running(void) {
        int fd = open(RUNNING, O_PATH | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

char **program_arguments(char *const *argv, const char *extra) {
        size_t n = 0;

        while (argv[n])
                n++;
        char **made = calloc(n + 2, sizeof(*made));
        if (!made)
                return NULL;
        made[0] = argv[0];
        made[1] = (char *)extra;
        for (size_t i = 1; i < n; i++)
                made[i + 1] = argv[i];
        return made;
}
