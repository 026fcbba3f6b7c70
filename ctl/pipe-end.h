/* The end of a pipe that a command joins to its standard input or output. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arguments.h"
#include "command.h"

/* The options of the commands that open one: arguments_read() knows them by these places. */
enum { PIPE_NO_CREATE, PIPE_MODE, PIPE_GROUP };
extern const Option pipe_end_options[];

/* Opens an end of the pipe that the first word names: STATUS_OK and its descriptor. */
int pipe_end_open(Ctl *ctl, const Arguments *arguments, const char *end, int *ret_fd);

/* Copies bytes until the end of file: 0 or a negative errno, and whether it was writing that failed. How many that were is
 * added to *n. */
int pipe_end_copy(int from, int to, bool *ret_in_write, int64_t *n);
