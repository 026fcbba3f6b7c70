/* The daemon's program: the file that runs, and the file that is at its path now. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Program {
        char *path; /* absolute; NULL if it is not known, so the daemon cannot restart as planned */
} Program;

/* argv0 is the path by which the daemon was called. */
void program_init(Program *program, const char *argv0);
void program_deinit(Program *program);
/* Whether the file at the path is not the one that runs, or the file of a library was replaced or removed since; false if that cannot be
 * found out. */
bool program_has_changed(const Program *program);
/* A descriptor of the running program, which can be executed even if its file was removed; or negative errno. */
int program_open_running(void);
/* A copy of argv with `extra` as the first argument. The caller frees the array, which shares the strings. NULL without memory. */
char **program_arguments(char *const *argv, const char *extra);
