/* Writes to a file or a pipe that blocks. */
#pragma once

#include <stddef.h>

/* Writes all n bytes. Returns 0 or a negative errno. */
int write_all(int fd, const void *data, size_t n);
