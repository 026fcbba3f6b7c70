/* Replaces a file atomically: its readers find either the old contents or the new ones. */
#pragma once

#include <stddef.h>

/* Writes the file, with mode 0644. Returns 0, or a negative errno with the file unchanged. */
int replace_file(const char *path, const char *data, size_t n);
