/* Writing a file so that its readers find either what it was or what it will be. */
#pragma once

#include <stddef.h>

/* Mode 0644. 0 or negative errno, with the file as it was. */
int replace_file(const char *path, const char *data, size_t n);
