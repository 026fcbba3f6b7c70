/* The daemon's program: the file that it was started from, and the one that stands there now. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Program {
        char *path; /* absolute; NULL where it is not known, so nothing can be executed */
} Program;

/* argv0 is how the daemon was called. */
void program_init(Program *program, const char *argv0);
void program_deinit(Program *program);
/* Whether another file stands at the path than the one that runs; false where that cannot be told. */
bool program_has_changed(const Program *program);
/* A descriptor of the running program, to be executed, also if its file was removed; or negative errno. */
int program_open_running(void);
/* New arguments, those of argv and this one as the first, with its NULL: to be freed, the texts not. NULL without memory. */
char **program_arguments(char *const *argv, const char *extra);
