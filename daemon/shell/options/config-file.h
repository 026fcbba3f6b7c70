/* The configuration file: shmgrd.conf(5). */
#pragma once

#include "options/options.h"

/* Sets what it gives. 0; -ENOENT when it is not there; another negative errno. The text of the error has
 * the place: "FILE:LINE: reason". */
int config_file_read(const char *path, Options *options, OptionError *ret_error);
