/* The end of a pipe that a command connects to its standard input or output. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "arguments.h"
#include "command.h"

/* Indices of the options of commands that open an end. */
enum { PIPE_NO_CREATE, PIPE_MODE, PIPE_GROUP };
extern const Option pipe_end_options[];

/* Checks the options of a command. Returns STATUS_OK and a new object for pipe_end_open(), or prints
 * the error and returns its status. */
int pipe_end_read_options(const Arguments *arguments, struct json_object **ret);

/* Opens an end of the pipe named by the first word. Borrows the options. Returns STATUS_OK and its
 * descriptor, or prints the error and returns its status. */
int pipe_end_open(Ctl *ctl, const Arguments *arguments, struct json_object *options,
                  const char *end, int *ret_fd);

/* Copies bytes until end of file, and adds their number to *n. Returns 0, or a negative errno;
 * *ret_in_write tells whether writing failed, or reading. */
int pipe_end_copy(int from, int to, bool *ret_in_write, int64_t *n);
