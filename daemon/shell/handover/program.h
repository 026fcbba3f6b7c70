/* The program of the daemon: the running file, and the file at its path now. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Program {
        char *path; /* absolute; NULL if unknown: no planned restart is possible */
} Program;

/* argv0 is the path by which the daemon was called. */
void program_init(Program *program, const char *argv0);
void program_deinit(Program *program);
/* Returns whether the file at the path is not the running one, or the file of a library was
 * replaced or removed. Returns false if it cannot be determined. */
bool program_has_changed(const Program *program);
/* Returns a descriptor of the running program, which can be executed even if its file was removed,
 * or a negative errno. */
int program_open_running(void);
/* Copies argv with `extra` as the first argument. The caller frees the array, which shares the
 * strings. Returns NULL if memory ran out. */
char **program_arguments(char *const *argv, const char *extra);
