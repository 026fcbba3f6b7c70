/* The configuration file: shmgrd.conf(5). */
#pragma once

#include "options/options.h"

/* Sets the options of the file. Returns 0, or a negative errno (-ENOENT: no such file) with the
 * reason and its place: "FILE:LINE: reason". */
int config_file_read(const char *path, Options *options, OptionError *ret_error);
